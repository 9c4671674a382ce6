# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that a Makefile of another folder lists: ``kvm-y := ../../../virt/kvm/x.o``. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from harness.cover.gates import Makefiles, shortest
from harness.cover.makefile import Way

Mentions = Callable[[str], Iterable[str]]  # a file's name -> Makefiles that have it
MOST = 8  # folders that are looked into
NEAR = 3  # folders from the top that two have in common: those of a subsystem
_NAMES = ("Makefile", "Kbuild")


def ways(known: Makefiles, path: str, mentions: Mentions, srcarch: str) -> tuple[Way, ...]:
    """What has to be set so that make builds a source file, wherever it is listed."""
    found = known.gates(path)
    if found:
        return found
    rows = {way for folder, word in listed(known, path, mentions, srcarch)
            for way in known.whole(folder, word)}
    return shortest(rows)


def listed(known: Makefiles, path: str, mentions: Mentions, srcarch: str,
           ) -> Iterator[tuple[str, str]]:
    """The folders whose Makefile lists a source file of another one, and what it calls it."""
    wanted = f"{path.rpartition('.')[0]}.o"
    found = dict.fromkeys((*_folders(posixpath.basename(wanted), mentions),
                           *_including(path, mentions)))
    mine = (f for f in found
            if not f.startswith("arch/") or f"{f}/".startswith(f"arch/{srcarch}/"))
    nearest = sorted(mine, key=lambda folder: -_shared(path, folder))
    for folder in nearest[:MOST]:
        for row in known.rows(folder):
            for word in row.words:
                if "/" in word and posixpath.normpath(posixpath.join(folder, word)) == wanted:
                    yield folder, word


def _folders(name: str, mentions: Mentions) -> Iterator[str]:
    """The folders whose Makefile has a name, or includes a file that has it."""
    for path in mentions(name):
        file = posixpath.basename(path)
        by = [path] if file in _NAMES else mentions(file)
        yield from map(posixpath.dirname, by)


def _including(path: str, mentions: Mentions) -> Iterator[str]:
    """The folders of a file's subsystem whose Makefile includes Makefiles of others.

    drivers/gpu/drm/amd/amdgpu builds what a dozen folders next to it have, by way of theirs.
    """
    for other in mentions("/Makefile"):
        if _shared(path, folder := posixpath.dirname(other)) >= NEAR:
            yield folder


def _shared(path: str, folder: str) -> int:
    """How many folders two have in common, from the top."""
    return len(posixpath.commonpath((path, folder)).split("/")) if folder else 0


def object_of(known: Makefiles, path: str, mentions: Mentions, srcarch: str) -> tuple[str, str]:
    """What make calls the object of a source file, and the folder whose Makefile lists it.

    Both are "" where no Makefile lists it.
    """
    if known.gates(path):
        return f"{path.rpartition('.')[0]}.o", known.home(path) or ""
    rows = listed(known, path, mentions, srcarch)
    return next(((posixpath.join(folder, word), folder) for folder, word in rows
                 if known.ways(folder, word)), ("", ""))
