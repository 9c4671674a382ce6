# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses KTAP. Pure; prints nothing.

Documentation/dev-tools/ktap.rst: version line, plan, results with directives,
diagnostics, nesting by two spaces with the subtest before its parent's result.
Unknown lines are allowed and change nothing. Lenient where logs are: time
stamps, CR, "- " behind the number, a missing plan. What a plan promises and
never comes is MISSING, never success.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.model import BAD, Measurement, Outcome, Status

_STAMP = re.compile(r"^\[\s*\d+\.\d+\]\s?")
_VERSION = re.compile(r"^(?:KTAP version \d+|TAP version 1[34])$")
_PLAN = re.compile(r"^1\.\.(\d{1,6})(?:\s+#\s*SKIP\s*(.*))?$", re.IGNORECASE)
_RESULT = re.compile(r"^(ok|not ok)\s+(\d{1,9})?\s*(?:-\s+)?([^#]*?)\s*(?:#\s*(.*))?$")
_DIRECTIVE = re.compile(r"^(SKIP|TODO|XFAIL|TIMEOUT|ERROR|CRASHED)\b:?\s*(.*)$", re.IGNORECASE)
_SUBTEST = re.compile(r"^# Subtest: ")  # the title of a report: no word about its first test
_MEASURE = re.compile(r"^# measure: (.+) (-?[\d.]+(?:e[+-]?\d+)?) ?(\S*)$")
_MAX_DEPTH = 16
_LOG_LINES = 200
# A guest is hostile: two kilobytes of plans can promise a hundred million results.
MAX_RESULTS = 20_000  # of one report
MAX_MISSING = 200  # results that never came and are listed one by one
MAX_MEASURES = 1_000


@dataclass
class _Block:
    depth: int
    plan: int | None = None
    results: list[Outcome] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    children: tuple[Outcome, ...] = ()


def _status(ok: bool, directive: str) -> tuple[Status, str]:
    match = _DIRECTIVE.match(directive)
    if match is None:
        return (Status.PASS if ok else Status.FAIL), directive
    word, reason = match.group(1).upper(), match.group(2)
    match word:
        case "SKIP":
            # lib/test_stackinit.c of 6.1 says so where what it finds depends on the compiler
            expected = reason.upper().startswith("XFAIL")
            return (Status.XFAIL if expected else Status.SKIP), reason
        case "TODO":
            # "ok" here means that what was expected to fail did not: still no failure
            return (Status.PASS if ok else Status.XFAIL), reason
        case "XFAIL":
            return Status.XFAIL, reason  # "ok" with kselftest.h, "not ok" with others
        case "TIMEOUT":
            return Status.TIMEOUT, reason
        case "CRASHED":
            return Status.CRASHED, reason
        case _:
            return Status.FAIL, f"error: {reason}" if reason else "error"


def _close(block: _Block) -> tuple[Outcome, ...]:
    """The results of a block, with what its plan promised and did not deliver."""
    results = list(block.results)
    if block.plan is not None:
        got = len(results)
        why = f"planned {block.plan} results, got {got}"
        listed = min(block.plan, got + MAX_MISSING)
        results += [Outcome(f"#{n}", Status.MISSING, why) for n in range(got + 1, listed + 1)]
        if block.plan > listed:
            results.append(Outcome(f"#{listed + 1} to #{block.plan}", Status.MISSING, why))
    return tuple(results)


def parse(lines: Iterable[str]) -> tuple[tuple[Outcome, ...], tuple[Measurement, ...]]:
    """Return the outcomes of all reports in ``lines``, and the measurements."""
    top = _Block(0)
    stack = [top]
    measurements: list[Measurement] = []
    seen = 0
    for raw in lines:
        line = _STAMP.sub("", raw.rstrip("\r\n"))
        text = line.lstrip(" ")
        depth = min((len(line) - len(text)) // 2, _MAX_DEPTH)
        if (measured := _measured(text)) is not None:
            measurements += [measured] if len(measurements) < MAX_MEASURES else []
            continue
        seen += _RESULT.match(text) is not None
        if seen <= MAX_RESULTS:
            _take(stack, text, depth)
    while len(stack) > 1:
        _fold(stack)
    more = (Outcome("#more", Status.MISSING, f"{seen} results, of which {MAX_RESULTS} were read"),
            ) if seen > MAX_RESULTS else ()
    return _close(top) + top.children + more, tuple(measurements)


def _take(stack: list[_Block], text: str, depth: int) -> None:
    """Take in one line that is no measurement."""
    if _VERSION.match(text):
        _open(stack, depth)
    elif match := _PLAN.match(text):
        block = _at(stack, depth)
        block.plan = int(match.group(1)) + (block.plan or 0)
        if match.group(2) is not None and match.group(1) == "0":
            block.results.append(Outcome("all", Status.SKIP, match.group(2)))
    elif match := _RESULT.match(text):
        block = _at(stack, depth)
        status, reason = _status(match.group(1) == "ok", match.group(4) or "")
        name = match.group(3) or f"#{len(block.results) + 1}"
        block.results.append(_outcome(name, status, reason, block))
    elif text.startswith("#") and not _SUBTEST.match(text):
        block = _at(stack, depth)
        if len(block.log) < _LOG_LINES:
            block.log.append(text[1:].strip())


def _measured(text: str) -> Measurement | None:
    """A figure; None for any other line: diagnostics are free text."""
    match = _MEASURE.match(text)
    if match is None:
        return None
    name, figure, unit = match.groups()
    try:
        value = float(figure)
    except ValueError:  # 6.1.192
        return None
    # 1e400 is infinite, and JSON has no such number.
    return Measurement(name, value, unit) if math.isfinite(value) else None


def _outcome(name: str, status: Status, reason: str, block: _Block) -> Outcome:
    children, log = block.children, "\n".join(block.log)
    block.children, block.log = (), []
    if status is Status.PASS and any(c.status in BAD for c in children):
        status, reason = Status.FAIL, "a subtest failed"
    return Outcome(name, status, reason, children, log)


def _open(stack: list[_Block], depth: int) -> None:
    while len(stack) > 1 and stack[-1].depth >= depth:
        _fold(stack)
    if depth > stack[-1].depth:
        stack.append(_Block(depth))


def _at(stack: list[_Block], depth: int) -> _Block:
    while len(stack) > 1 and stack[-1].depth > depth:
        _fold(stack)
    if depth > stack[-1].depth:
        stack.append(_Block(depth))
    return stack[-1]


def _fold(stack: list[_Block]) -> None:
    """End the innermost block: its results wait for the parent's own result."""
    block = stack.pop()
    stack[-1].children += _close(block) + block.children
