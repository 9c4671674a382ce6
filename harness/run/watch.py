# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the changed lines are in a kernel with the series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.build import linetables
from harness.build.codecheck import BuildSide
from harness.clean import one_line
from harness.cover import linetable, placed
from harness.cover.linetable import Table
from harness.cover.placed import Watch
from harness.errors import CommandFailedError
from harness.evidence import RUN, FileKind, Lost, kind_of
from harness.model import KernelImage
from harness.run import cache_keys
from harness.run.state import State

KERNEL = linetables.IMAGE
GONE = Lost(KERNEL, 0, "its objects are not there any more")
MOST = 400  # functions that hold changed lines; the others are told as lost
FEW = 12  # objects that include a header
_TEST = re.compile(r"(?:^|[/_-])(?:test|kunit)s?(?:[/_.-]|$)")


def watch(state: State, image: KernelImage) -> Watch:
    """Where they are, by the line tables of the objects; asked once for each kernel."""
    wanted = _wanted(state)
    if not wanted:
        return Watch()
    built = image.build_dir / ".config"  # an image alone may be put back without its objects

    def ask() -> Watch:
        if not built.is_file():
            return Watch(lost=(GONE,))
        return _asked(state, BuildSide(image.sources, image.build_dir), wanted)
    return cache_keys.memo(state, "watch", _key(state, image, wanted), ask,
                           keep=lambda w: bool(w.spans) or all(lost.line for lost in w.lost))[0]


def known(state: State, image: KernelImage) -> bool:
    """Whether they are known already, or nobody has to ask, so that no object is needed."""
    wanted = _wanted(state)
    return not wanted or state.settings.accel == "kvm" or not state.request.reuse or (
        cache_keys.has(state, "watch", _key(state, image, wanted)))


def _wanted(state: State) -> dict[str, frozenset[int]]:
    """The lines that come, of files that run in a kernel."""
    return {f.path: frozenset(f.come) for f in state.files
            if f.come and not f.same and kind_of(f.path) in RUN}


def _key(state: State, image: KernelImage, wanted: Mapping[str, frozenset[int]]) -> tuple[str, ...]:
    asked = sorted((path, sorted(lines)) for path, lines in wanted.items())
    users = [row for row in state.configured.users if row[0] in wanted]
    return (cache_keys.trees_of(state)[-1], *cache_keys.kernel(image.path), repr(asked),
            repr(users))


def _asked(state: State, side: BuildSide, wanted: Mapping[str, frozenset[int]]) -> Watch:
    tables, lost = list[Table](), list[Lost]()
    texts = {f.path: f.after or "" for f in state.files if f.path in wanted}
    names, cut = _objects(state, side.out, wanted)
    # A macro's code is where it is used: only a function of a header has code of its own.
    cut = tuple(path for path in cut if placed.has_statements(texts[path], wanted[path]))
    root = state.box().path(side.sources.root, "/src")
    more = placed.with_needed(wanted, texts)
    for name in names:
        try:
            data = linetables.with_lines(state.box(), side, name, state.log)
            tables.append(linetable.read(data, more, root))
        except CommandFailedError as error:
            lost.append(Lost(one_line(name), 0, error.tail))
        except linetable.UNREADABLE as error:
            lost.append(Lost(one_line(name), 0, f"its line table: {type(error).__name__}"))
    if not any(table.rows for table in tables):
        return Watch(lost=tuple(lost))
    try:
        known = placed.symbols(linetables.symbols(state.box(), side.out))
    except CommandFailedError as error:
        return Watch(lost=(*lost, Lost(KERNEL, 0, error.tail)))
    found = placed.place(tables, known, texts, wanted)
    return replace(found, lost=(*lost, *found.lost, *(
        Lost(path, 0, f"only {FEW} of the objects that include it were looked at")
        for path in cut)), partial=frozenset(cut)).limited(MOST)


def _objects(state: State, out: Path, paths: Iterable[str],
             ) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The objects of a build that the changed lines are in, and the headers that more include.

    Of those that include a header tests come first: an inline function that only they call is
    nowhere else.
    """
    users = dict(state.configured.users)
    found, cut = dict[str, None](), list[str]()
    for path in paths:
        sources = [path] if kind_of(path) is FileKind.CODE else sorted(
            users.get(path, ()), key=lambda s: not _TEST.search(s))
        names = linetables.made(out, dict.fromkeys(f"{s.rpartition('.')[0]}.o" for s in sources))
        if kind_of(path) is not FileKind.CODE:  # of its users few are known, of tests those near
            cut += [path] if len(sources) >= FEW else []
            names = tuple(dict.fromkeys((*linetables.beside(out, path, _TEST), *names)))
        found |= dict.fromkeys(names[:FEW])
    return tuple(found), tuple(cut)
