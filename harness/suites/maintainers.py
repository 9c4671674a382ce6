# SPDX-License-Identifier: GPL-2.0-or-later
"""The selftests that MAINTAINERS puts beside a file: sections that name both. Pure.

MAINTAINERS, "Descriptions of section entries": ``F:`` is a file or folder, with ``*`` for anything
but a slash, ``X:`` an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SELFTESTS = "tools/testing/selftests/"
_ENTRY = re.compile(r"^([A-Z]):\s*(\S.*)$")
MOST_FILES = 40  # entries of a section beyond which it is about too much to say anything


@dataclass(frozen=True, slots=True)
class Section:
    """A section's title, what it is about, what it excepts, and its selftests' targets."""

    title: str
    files: tuple[str, ...]
    excepted: tuple[str, ...]
    targets: tuple[str, ...]


def sections(text: str) -> tuple[Section, ...]:
    """The sections that name selftests."""
    return tuple(s for s in _sections(text) if s.targets)


def _sections(text: str) -> Iterator[Section]:
    title, entries = "", list[tuple[str, str]]()
    for line in (*text.split("\n"), ""):
        if match := _ENTRY.match(line):
            entries.append((match.group(1), match.group(2).strip()))
        elif not line.strip():
            if title and entries:
                yield _section(title, entries)
            title, entries = "", []
        elif not entries:
            title = line.strip()


def _section(title: str, entries: list[tuple[str, str]]) -> Section:
    files = [value for kind, value in entries if kind == "F"]
    targets = dict.fromkeys(target for f in files if f.startswith(SELFTESTS)
                            and (target := f.removeprefix(SELFTESTS).strip("/*")))
    return Section(title, tuple(f for f in files if not f.startswith(SELFTESTS)),
                   tuple(value for kind, value in entries if kind == "X"), tuple(targets))


def belonging(changed: Iterable[str], rows: Iterable[Section]) -> dict[str, str]:
    """The targets that belong to some files, and why."""
    found: dict[str, str] = {}
    known = list(rows)
    for path in changed:
        if path.startswith(SELFTESTS) and path.count("/") > SELFTESTS.count("/"):
            found.setdefault(path.split("/")[3], f"the series changes {path}")
        for section in known:
            if len(section.files) <= MOST_FILES and _about(section, path):
                for target in section.targets:
                    found.setdefault(target, f'MAINTAINERS, "{section.title}", has both it and '
                                     f"{path}")
    return found


def _about(section: Section, path: str) -> bool:
    return any(_covers(f, path) for f in section.files) and not any(
        _covers(x, path) for x in section.excepted)


def _covers(pattern: str, path: str) -> bool:
    """Whether an entry is about a path: a folder ends with a slash, or is one."""
    if pattern.endswith("/"):
        pattern += "**"
    parts = [re.escape(p).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
             for p in pattern.split("**")]
    return re.fullmatch(".*".join(parts), path) is not None
