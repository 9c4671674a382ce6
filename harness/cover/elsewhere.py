# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that a Makefile of another folder lists: ``kvm-y := ../../../virt/kvm/x.o``. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from harness.cover.gates import Makefiles, Read, Way, gates, shortest

Mentions = Callable[[str], Iterable[str]]  # a file's name -> Makefiles that have it
MOST = 8  # folders that are looked into
_VARIABLE = re.compile(r"\$\((\w+)\)")


def ways(read: Read, path: str, mentions: Mentions, srcarch: str) -> tuple[Way, ...]:
    """What has to be set so that make builds a source file, wherever it is listed."""
    found = gates(read, path)
    if found:
        return found
    known = Makefiles(read)
    rows = {way for folder, word, _ in listed(known, path, mentions, srcarch)
            for way in known.whole(folder, word)}
    return shortest(rows)


def listed(known: Makefiles, path: str, mentions: Mentions, srcarch: str,
           ) -> Iterator[tuple[str, str, str]]:
    """The folders whose Makefile lists a source file of another one, and what it calls it.

    That word is as the Makefile has it, and then with its variables expanded.
    """
    wanted = f"{path.rpartition('.')[0]}.o"
    for folder in list(_folders(posixpath.basename(wanted), mentions, srcarch))[:MOST]:
        values = {row.target: row.words[0] for row in known.rows(folder)
                  if len(row.words) == 1 and "$" not in row.words[0]}
        for row in known.rows(folder):
            for word in row.words:
                whole = _VARIABLE.sub(lambda m, v=values: v.get(m.group(1), ""), word)  # type: ignore[misc]
                if "/" in whole and posixpath.normpath(posixpath.join(folder, whole)) == wanted:
                    yield folder, word, whole


def _folders(name: str, mentions: Mentions, srcarch: str) -> Iterator[str]:
    seen: dict[str, None] = {}
    for path in mentions(name):
        file = posixpath.basename(path)
        by = [path] if file in {"Makefile", "Kbuild"} else mentions(file)
        for one in by:
            folder = posixpath.dirname(one)
            if not folder.startswith("arch/") or f"{folder}/".startswith(f"arch/{srcarch}/"):
                seen.setdefault(folder)
    yield from seen


def name_of(read: Read, path: str, mentions: Mentions, srcarch: str) -> str:
    """What make calls the object of a source file; "" where no Makefile lists it."""
    if gates(read, path):
        return f"{path.rpartition('.')[0]}.o"
    rows = listed(Makefiles(read), path, mentions, srcarch)
    return next((posixpath.join(folder, whole) for folder, _, whole in rows), "")
