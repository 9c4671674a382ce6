# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the tree that are known not to end alike on one kernel: they blame nobody."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.clean import one_line
from harness.errors import UsageError
from harness.model import BAD, GuestRun, Outcome, Status

_ODD = BAD | {Status.FLAKY}


@functools.cache
def known() -> Mapping[str, str]:
    """What was seen of each, by program and test."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["test"]
    return {row["name"]: row["seen"] for row in rows}


MOST = 4 << 20  # bytes of a list


def read(path: Path) -> tuple[tuple[str, str], ...]:
    """Tests by name and what was seen of each, out of a JSON object; raises ``UsageError``."""
    try:
        with path.open("rb") as handle:
            data = handle.read(MOST + 1)
        rows = json.loads(data) if len(data) <= MOST else None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--unsteady {path}: {one_line(str(error), 200)}") from None
    if not isinstance(rows, dict) or not all(isinstance(seen, str) for seen in rows.values()):
        raise UsageError(f"--unsteady {path}: no list of tests",
                         hint='{"PROGRAM.TEST": "what was seen of it", ...}')
    return tuple((one_line(name, 300), one_line(seen, 300)) for name, seen in rows.items())


def marked(run: GuestRun, more: Mapping[str, str]) -> GuestRun:
    """Results in which a failure of such a test is an expected one, with what it was.

    ``more``: those of one tree. A reason that begins so is no difference from a pass: see
    ``compare``.
    """
    names = {**more, **known()}
    return replace(run, outcomes=tuple(replace(program, children=tuple(
        _marked(names.get(f"{program.name}.{test.name}"), test) for test in program.children))
        for program in run.outcomes))


def _marked(seen: str | None, test: Outcome) -> Outcome:
    if seen is None or test.status not in _ODD:
        return test
    return replace(test, status=Status.XFAIL, children=(),
                   reason=f"XFAIL: unsteady, so {test.status} says nothing ({seen}): {test.reason}")
