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

# Of printk: <6>, [   12.345678], [ T84] or [ C1] (CONFIG_PRINTK_CALLER)
_STAMP = re.compile(r"^(?:<\d{1,3}>)?(?:\[\s*\d+\.\d+\](?:\[\s*[CT]\d+\])?\s?)?")
_BAIL = re.compile(r"^Bail out!\s*(.*)$", re.IGNORECASE)
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
    first: int = 0  # of the results, the first that the plan is about
    numbers: list[int] = field(default_factory=list)  # of those results; 0: it says none
    bail: str | None = None  # why the rest was given up
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
    return (*block.results, *_lacking(block))


def _lacking(block: _Block) -> list[Outcome]:
    """What the plan promised and did not come, by its number where the results say theirs."""
    got = len(block.results) - block.first
    bail = [] if block.bail is None else [Outcome("bail-out", Status.FAIL, block.bail)]
    if block.plan is None:
        return bail
    have = set(block.numbers)
    counted = 0 in have or max(have, default=0) > block.plan
    lacking = range(got + 1, block.plan + 1) if counted else [
        n for n in range(1, min(block.plan, len(have) + MAX_MISSING + 1) + 1) if n not in have]
    why = f"planned {block.plan} results, got {got}"
    if not counted and got > len(have):
        why += ", a number twice"
    if block.bail is not None:
        why = f"Bail out! {block.bail}".strip()
    listed = [Outcome(f"#{n}", Status.MISSING, why) for n in lacking[:MAX_MISSING]]
    total = block.plan - (got if counted else len(have))
    if total > len(listed) > 0:
        after = lacking[len(listed) - 1] + 1
        listed.append(Outcome(f"#{after} to #{block.plan}", Status.MISSING, why))
    return listed or bail


def _planned(block: _Block, plan: int) -> None:
    """Take in a plan: of results to come, of those that were, or of another report."""
    got = len(block.results) - block.first
    if block.plan is not None and got:
        more = max(0, got - block.plan)  # of a report whose plan comes last
        block.results += _lacking(block)
        block.first = len(block.results) - more
        block.plan, block.numbers, block.bail = 0, block.numbers[len(block.numbers) - more:], None
    block.plan = plan + (block.plan or 0)


def parse(lines: Iterable[str]) -> tuple[tuple[Outcome, ...], tuple[Measurement, ...]]:
    """Return the outcomes of all reports in ``lines``, and the measurements."""
    top = _Block(0)
    stack = [top]
    measurements: list[Measurement] = []
    seen, yaml = 0, -1  # the column of a YAML block (TAP 13): text, whatever it looks like
    last = False
    for raw in lines:
        line = _STAMP.sub("", raw.rstrip("\r\n"), count=1)
        text = line.lstrip(" ")
        column = len(line) - len(text)
        depth = min(column // 2, _MAX_DEPTH)
        if yaml >= 0:
            if text and column < yaml:
                yaml = -1
            elif column == yaml and text == "...":
                yaml = -1
                continue
            else:
                continue
        if last and column and text == "---":
            yaml = column
            continue
        last = _RESULT.match(text) is not None
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
        _planned(block, int(match.group(1)))
        if match.group(2) is not None and match.group(1) == "0":
            block.results.append(Outcome("all", Status.SKIP, match.group(2)))
    elif match := _RESULT.match(text):
        block = _at(stack, depth)
        status, reason = _status(match.group(1) == "ok", match.group(4) or "")
        name = match.group(3) or f"#{len(block.results) + 1}"
        block.numbers.append(int(match.group(2) or 0))
        block.results.append(_outcome(name, status, reason, block))
    elif (match := _BAIL.match(text)) and (stack[-1].plan is not None or stack[-1].results):
        _at(stack, depth).bail = match.group(1)
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
