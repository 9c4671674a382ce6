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

FEW = 12  # objects that include a header
_TEST = re.compile(r"(?:^|[/_-])(?:test|kunit)s?(?:[/_.-]|$)")


def watch(state: State, image: KernelImage) -> Watch:
    """Where they are, by the line tables of the objects; asked once for each kernel."""
    wanted = {f.path: frozenset(f.come) for f in state.files
              if f.come and not f.same and kind_of(f.path) in RUN}
    if not wanted:
        return Watch()
    key = (cache_keys.trees_of(state)[-1], *cache_keys.kernel(image.path))
    built = image.build_dir / linetables.IMAGE

    def ask() -> Watch:
        if not built.is_file():
            return Watch(lost=(Lost(linetables.IMAGE, 0, "its objects are not there any more"),))
        return _asked(state, BuildSide(image.sources, image.build_dir), wanted)
    return cache_keys.memo(state, "watch", key, ask, keep=lambda w: bool(w.spans))[0]


def _asked(state: State, side: BuildSide, wanted: Mapping[str, frozenset[int]]) -> Watch:
    tables, lost = list[Table](), list[Lost]()
    for name in _objects(state, side.out, wanted):
        try:
            data = linetables.with_lines(state.box(), side, name, state.log)
            tables.append(linetable.read(data, wanted))
        except CommandFailedError as error:
            lost.append(Lost(one_line(name), 0, error.tail))
        except linetable.UNREADABLE as error:
            lost.append(Lost(one_line(name), 0, f"its line table: {type(error).__name__}"))
    if not any(table.rows for table in tables):
        return Watch(lost=tuple(lost))
    try:
        known = placed.symbols(linetables.symbols(state.box(), side.out))
    except CommandFailedError as error:
        return Watch(lost=(*lost, Lost(linetables.IMAGE, 0, error.tail)))
    found = placed.place(tables, known, {f.path: f.after or "" for f in state.files
                                         if f.path in wanted})
    return replace(found, lost=(*lost, *found.lost))


def _objects(state: State, out: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """The objects of a build that the changed lines are in, as far as they are known.

    Of those that include a header tests come first: an inline function that only they call is
    nowhere else.
    """
    users = dict(state.configured.users)
    found: dict[str, None] = {}
    for path in paths:
        sources = [path] if kind_of(path) is FileKind.CODE else sorted(
            users.get(path, ()), key=lambda s: not _TEST.search(s))
        names = linetables.made(out, dict.fromkeys(f"{s.rpartition('.')[0]}.o" for s in sources))
        found |= dict.fromkeys(names[:FEW])
    return tuple(found)
