# SPDX-License-Identifier: GPL-2.0-or-later
"""The architectures besides the machine's own that files of a series are compiled for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.arch import NATIVE_TARGET, TARGETS, Target
from harness.clean import one_line
from harness.csource import blocks
from harness.csource.regions import symbols_in
from harness.errors import CommandFailedError
from harness.evidence import BUILT, Changed, arch_of, kind_of
from harness.run import configuring
from harness.run.state import PLAIN, State

ALL = "all"
_WORD = re.compile(r"(?<![!\w])\w+")  # of a reason; "!UML" speaks of no machine
# Most drivers that x86 has not are for these.
FALLBACK = frozenset({"arm64", "arm"})


def native(state: State) -> bool:
    """Whether the machine's own architecture has anything of a series."""
    return any(arch_of(f.path) in {"", NATIVE_TARGET.srcarch} and not f.same
               and kind_of(f.path) in BUILT for f in state.files)


def chosen(state: State) -> tuple[tuple[Target, tuple[Changed, ...]], ...]:
    """Each architecture with the files to compile for it.

    A file below arch/ goes to its own. What all share goes where the user wants it, and where it
    is in no configuration of the machine's own architecture, to the first others. Lines that no
    configuration of it has go where one of the symbols is set that they wait for.
    """
    waits = _waits(state)
    return tuple((target, files) for target in TARGETS if target is not NATIVE_TARGET
                 and (files := tuple(_for(state, target, waits))))


def _wanted(state: State, target: Target) -> bool:
    """Whether the user asked for an architecture."""
    return target.name in state.request.arches or ALL in state.request.arches


def _for(state: State, target: Target, waits: Mapping[str, set[str]]) -> Iterator[Changed]:
    asked = _wanted(state, target)
    unmet = {w.path: set(_WORD.findall(w.reason)) for w in state.configured.unmet if not w.lines}
    fallback = target.srcarch in FALLBACK
    for item in state.files:
        if item.same or kind_of(item.path) not in BUILT:
            continue
        arch = arch_of(item.path)
        own = arch == target.srcarch and arch != NATIVE_TARGET.srcarch
        words = unmet.get(item.path, set())
        known = any(words & set(t.symbols) for t in TARGETS)  # it says whose it is
        shared = not arch and (asked or (item.path in unmet and (
            bool(words & set(target.symbols)) if known else fallback)))
        here = arch in {"", target.srcarch}
        if own or shared or (here and (asked or waits.get(item.path, set()) & set(target.symbols))):
            yield item


def _waits(state: State) -> dict[str, set[str]]:
    """The symbols, by file, that lines wait for which no configuration was found for."""
    texts = {f.path: (f.after, f.before) for f in state.files}
    found: dict[str, set[str]] = {}
    for want in state.configured.unmet:
        for sign, text in zip((1, -1), texts.get(want.path, ()), strict=False):
            rows = blocks.around(text or "", [sign * n for n in want.lines if sign * n > 0])
            words = " ".join(str(asked) for row in rows for asked in row)
            found.setdefault(want.path, set()).update(
                s.removeprefix("CONFIG_") for s in symbols_in(words))
    return found


def _not_for(state: State, files: Iterable[Changed], why: str, hint: str = "") -> State:
    return replace(state, unbuilt=state.unbuilt + tuple((f.path, why, hint) for f in files))


def compile_for(state: State, target: Target, files: tuple[Changed, ...],
                in_configuration: Callable[[State, int], State]) -> State:
    """Compile some files for another architecture, in each configuration that they ask for."""
    there = {row.path for _, rows in state.compiled for row in rows if row.objects}
    waits = _waits(state)
    missing = [f for f in files if f.path not in there
               or waits.get(f.path, set()) & set(target.symbols)]
    if not (_wanted(state, target) or missing):
        return state  # a former one has compiled them
    if shutil.which(target.program) is None:
        return _not_for(state, missing, f"{target.program} is not installed",
                        f"apt-get install {target.package}")
    state.say(f"compiling for {target.name}")
    try:
        one = configuring.configure(replace(state, target=target, files=files, configured=PLAIN))
    except CommandFailedError as error:  # the tree may not have it, or no longer by that name
        return _not_for(state, missing, f"{target.name}: the base cannot be configured: "
                        f"{one_line(error.message, 200)}")
    for number in range(max(1, len(one.configured.settings))):
        one = in_configuration(one, number)
    unmet = tuple((w.path, f"{target.name}: {w.reason}", "") for w in one.configured.unmet
                  if not w.lines)
    return replace(one, target=state.target, files=state.files, configured=state.configured,
                   broken=state.broken, unbuilt=state.unbuilt + unmet)
