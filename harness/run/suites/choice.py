# SPDX-License-Identifier: GPL-2.0-or-later
"""Which KUnit suites belong to a change: what a trace of the base says, else what is near."""

from __future__ import annotations

from harness.evidence import few
from harness.run.state import State
from harness.run.suites import reach
from harness.run.suites.reach import KUNIT
from harness.suites import near
from harness.suites.kunit import Suite

ALL = "all"
FAR = "no KUnit suite is beside what the series changes"
UNKNOWN = f"{FAR}, and which functions they run is not known yet"


def chosen(state: State, rows: tuple[Suite, ...]) -> tuple[dict[Suite, str], str]:
    """The suites to run with why, and why no others: by what is near, or a trace of the base."""
    asked = state.request.suites
    if {ALL, KUNIT} & set(asked):
        return dict.fromkeys(rows, f"--suite {ALL if ALL in asked else KUNIT}"), ""
    named = {s: f"--suite {s.name}" for s in rows if s.name in asked}
    paths = {f.path for f in state.files if not f.same}
    own, why = near.belonging(paths, rows), UNKNOWN
    if known := reach.known(state, KUNIT):
        functions = reach.changed(state.files)
        by = reach.reasons(known, functions)
        why = f"{FAR}, and none is known to run it"
        # Elsewhere other functions may run, and what is near belongs too.
        if state.machine is None and (missed := reach.missed(known, functions)):
            own = {s: near_ for s, near_ in own.items() if s.path in paths}
            names = few(missed, reach.MOST_SAID)
            why = f"no KUnit suite runs {names}, as a trace of the base shows"
        own = {s: by[s.path] for s in rows if s.path in by} | own
    return own | named, why
