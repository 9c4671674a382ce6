# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions the tree's tests have reached on a base: asked once, kept for every series.

The guests that run the base's tests anyway say what they execute. A KUnit suite is known by its
own functions: what is executed first after them, and before those of the next one, it has reached.
Of selftests only the target is known.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harness import csource
from harness.cover import reached
from harness.cover.reached import Function, Reach, Symbols
from harness.csource import lines
from harness.evidence import RUN, Changed, few, kind_of
from harness.model import KernelImage
from harness.run import cache_keys, executed
from harness.run.functions import functions
from harness.run.state import State, require
from harness.system import repo

CODE = (".c", ".h")
KUNIT = "kunit"
MOST_SAID = 3  # functions that a reason names


def of_suites(state: State, image: KernelImage, place: str, files: Iterable[str]) -> State:
    """Learn what each KUnit suite has reached, by its file.

    ``place``: the folder of a run with the logs of guests that ran them, beside that of a boot
    that ran none. ``files``: of all suites.
    """
    def found(known: Symbols) -> Iterator[tuple[str, Function]]:
        mark = marks({path: repo.show(*_base(state), path) or b"" for path in files}, known)
        for log in executed.left_in(state.request.out / place):
            yield from reached.groups(known, log, mark)
    return _learn(state, image, KUNIT, place, found)


def of_target(state: State, image: KernelImage, place: str, name: str) -> State:
    """Learn what the programs of a target of the selftests have reached."""
    def found(known: Symbols) -> Iterator[tuple[str, Function]]:
        for log in executed.left_in(state.request.out / place):
            yield from ((name, f) for a in log if (f := known.at(a)))
    return _learn(state, image, name, place, found)


def _learn(state: State, image: KernelImage, kind: str, place: str,
           found: Callable[[Symbols], Iterable[tuple[str, Function]]]) -> State:
    def ask() -> Reach:
        control = executed.left_in(state.request.out / f"control-{place}")
        if not control:  # with KVM nothing is known
            return Reach()
        known = functions(state, image)
        return reached.reach(known, found(known), (a for log in control for a in log))
    return cache_keys.memo(state, "reach", _key(state, kind), ask, keep=lambda r: bool(r.by))[1]


def known(state: State, kind: str) -> Reach | None:
    """What was learnt of this base: of "kunit", or of a target; None: nothing yet."""
    if not state.request.reuse or not cache_keys.has(state, "reach", _key(state, kind)):
        return None
    return cache_keys.memo(state, "reach", _key(state, kind), Reach)[0]


def of_targets(state: State, names: Iterable[str]) -> dict[str, str]:
    """The targets that are known to reach what a series changes, and why they belong to it."""
    functions = changed(state.files)
    reaches = ((name, known(state, name)) for name in names) if functions else ()
    return {name: why for name, reach in reaches if reach
            for why in reasons(reach, functions).values()}


def _key(state: State, kind: str) -> tuple[str, ...]:
    return (repo.tree_id(*_base(state)), kind)


def _base(state: State) -> tuple[Path, str]:
    return require(state.tree).repo, require(state.applied).base


def marks(texts: dict[str, bytes], known: Symbols) -> Callable[[Function], str]:
    """Which suites' file a function is of, by the names of those that the files define.

    A file that another one includes has no functions of its own in a kernel.
    """
    compiled = {f.file for _, f in known.functions}
    homes: dict[str, list[str]] = {}
    for path, text in texts.items():
        for name in csource.functions(csource.parse(text)):
            homes.setdefault(name, []).append(path)

    def mark(function: Function) -> str:
        paths = [p for p in homes.get(function.name, ()) if not function.file or (
            posixpath.basename(p) == function.file or posixpath.basename(p) not in compiled)]
        return paths[0] if len(paths) == 1 else ""
    return mark


def changed(files: Iterable[Changed]) -> tuple[tuple[str, str], ...]:
    """The functions of the base that a series changes: file and name.

    The name is "" for what it changes in a file besides: no trace can say anything of that.
    """
    return tuple(dict.fromkeys(
        (one.path, name) for one in files if not one.same and kind_of(one.path) in RUN
        for name in _names(one)))


def _names(one: Changed) -> Iterator[str]:
    if not one.path.endswith(CODE) or one.before is None:
        yield ""
        return
    known = csource.functions(csource.parse(one.before.encode()))
    for text, numbers in ((one.before, one.gone), (one.after or "", one.come)):
        code = sorted(lines.code(text).intersection(numbers))
        by = csource.around(csource.parse(text.encode()), code)
        yield from (name if (name := by.get(n, "")) in known else "" for n in code)


def reasons(reach: Reach, functions: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each group of tests that reaches one of these why it belongs to the change."""
    by: dict[str, list[str]] = {}
    for path, name in functions:
        for group in reach.of(path, name):
            by.setdefault(group, []).append(f"{name}()")
    return {group: f"it runs {few(names, MOST_SAID)} on the base"
            for group, names in by.items()}


def missed(reach: Reach, functions: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Those that no test has reached, where that is known of all of them; else none."""
    rows = tuple(functions)
    if rows and all(reach.misses(*row) for row in rows):
        return tuple(f"{name}()" for _, name in rows)
    return ()
