# SPDX-License-Identifier: GPL-2.0-or-later
"""Who includes a header: the sources through which a compiler sees it. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from harness.cover.makefile import Read
from harness.evidence import arch_of

LEVELS = 3  # headers that include headers
MOST_HEADERS = 40  # that are asked for at a time
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
Naming = Callable[[frozenset[str]], Mapping[str, Iterable[str]]]  # words -> files with them


def includes(path: str, text: str, header: str) -> bool:
    """Whether a file includes a header, by what its directives say."""
    for kind, name in _INCLUDE.findall(text):
        near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if (kind == '"' and near == header) or f"/{header}".endswith(
                (f"/include/{name}", f"/uapi/{name}", f"/generated/{name}")):
            return True
    return False


def users(headers: Iterable[str], read: Read, naming: Naming, srcarch: str,
          ) -> dict[str, tuple[str, ...]]:
    """For each header the sources that include it, by themselves or through other headers.

    ``naming`` finds the files of the tree that have some words; those of other architectures than
    ``srcarch`` do not count. The nearest come first.
    """
    found: dict[str, dict[str, None]] = {h: {} for h in headers}
    front = {h: {h} for h in found}  # what leads to each
    for _ in range(LEVELS):
        names = frozenset(h.rpartition("/")[2] for row in front.values() for h in row)
        table = naming(names) if names else {}
        for header, rows in found.items():
            direct = sorted(set(_direct(front[header], table, read, srcarch)), key=_near(header))
            rows.update(dict.fromkeys(p for p in direct if not p.endswith(".h")))
            front[header] = set() if rows else set(
                [p for p in direct if p.endswith(".h")][:MOST_HEADERS])
    return {header: tuple(rows) for header, rows in found.items()}


def carriers(header: str, read: Read, naming: Naming, srcarch: str) -> tuple[str, ...]:
    """The headers that include a header themselves, the nearest first."""
    table = naming(frozenset({header.rpartition("/")[2]}))
    return tuple(sorted({p for p in _direct((header,), table, read, srcarch)
                         if p.endswith(".h")}, key=_near(header))[:MOST_HEADERS])


def _direct(headers: Iterable[str], table: Mapping[str, Iterable[str]], read: Read, srcarch: str,
            ) -> Iterator[str]:
    for header in headers:
        for path in table.get(header.rpartition("/")[2], ()):
            if path.startswith(("tools/", "samples/", "scripts/", "usr/")) or (
                    arch_of(path) not in {"", srcarch}):
                continue
            if includes(path, read(path) or "", header):
                yield path


def sources(header: str, objects: Iterable[str]) -> tuple[str, ...]:
    """The C files that objects are made of, the nearest to a header first."""
    return tuple(sorted((f"{o.removesuffix('.o')}.c" for o in objects if o.endswith(".o")),
                        key=_near(header)))


def _near(header: str) -> Callable[[str], tuple[int, int, str]]:
    parts = header.split("/")

    def far(path: str) -> tuple[int, int, str]:
        common = 0
        for one, two in zip(parts, path.split("/"), strict=False):
            if one != two:
                break
            common += 1
        return -common, path.count("/"), path
    return far
