# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses KTAP. Pure; prints nothing.

Documentation/dev-tools/ktap.rst: version line, plan, results with directives,
diagnostics, nesting by two spaces with the subtest before its parent's result.
Unknown lines are allowed and change nothing. Lenient where logs are: time
stamps, CR, "- " behind the number, a missing plan. What a plan promises and
never comes is MISSING, never success.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.guest import measured
from harness.model import BAD, Measurement, Outcome, Status

# Of printk: <6>, [   12.345678], [ T84] or [ C1] (CONFIG_PRINTK_CALLER)
_STAMP = re.compile(r"^(?:<\d{1,3}>)?(?:\[\s*\d+\.\d+\](?:\[\s*[CT]\d+\])?\s?)?")
_BAIL = re.compile(r"^Bail out!\s*(.*)$", re.IGNORECASE)
_BEGIN = r"(?:KTAP version \d+|TAP version 1[34])$"
_VERSION, _LOGGED = re.compile(f"^{_BEGIN}"), re.compile(rf"^(.{{0,200}}?){_BEGIN}")
_PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#(.*))?$")
_SKIPPED = re.compile(r"^\s*SKIP\w*:?\s*(.*)$", re.IGNORECASE)
_RESULT = re.compile(r"^(ok|not ok)(?:\s+(.*))?$")
_NUMBER = re.compile(r"(\d{1,9})(?:\s+|$)")
# TAP 14: \# and \\ are of the name; "ring #2 wraps" is a name as well, "read # 12 ms" is not.
# So is "C# binding", but not "a# SKIP".
_NAME = re.compile(r"(?:\\[\\#]|[^#]|(?<=\S)#(?!\s*(?:SKIP|TODO|XFAIL)\b)|"
                   r"#(?!\s|$|(?:SKIP|TODO|XFAIL|TIMEOUT|ERROR|CRASHED)))*",
                   re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
# TAP 13: "Any text after # SKIP\S*\s+": SKIPPED, Skipping:
_DIRECTIVE = re.compile(r"^(SKIP\w*|TODO|XFAIL|TIMEOUT|ERROR|CRASHED)\b:?\s*(.*)$", re.IGNORECASE)
_NOTE = re.compile(r"#(?:\s|$)")  # "#PF: error_code(0x0011)" is a line of an oops
_SUBTEST = re.compile(r"^# Subtest: ")  # the title of a report: no word about its first test
_MAX_DEPTH = 16
_LOG_LINES = 200
# A guest is hostile: two kilobytes of plans can promise a hundred million results.
MAX_RESULTS = 20_000  # of one report
MAX_MISSING = 200  # results that never came and are listed one by one
MAX_MEASURES = 1_000
MAX_LINE = 4_000  # characters: half of its beginning, and half of its end
MAX_PLAN = 1_000_000_000
MAX_YAML = 1_000  # lines of a block
PLAN = "plan"  # the test of a report that has more results than it planned


@dataclass
class _Block:
    """The results of one level; ``left`` is how many may still be listed as missing, of all."""

    depth: int
    left: list[int]
    plan: int | None = None
    results: list[Outcome] = field(default_factory=list)
    first: int = 0  # of the results, the first that the plan is about
    numbers: list[int] = field(default_factory=list)  # of those results; 0: it says none
    plans: int = 0  # that were seen
    names: Counter[str] = field(default_factory=Counter)  # how often each came
    as_said: bool = False  # a name that comes again is not numbered
    bail: str | None = None  # why the rest was given up
    log: list[str] = field(default_factory=list)
    children: list[Outcome] = field(default_factory=list)  # that wait for their parent's result
    begun: bool = False  # anything that is TAP was seen


def _status(ok: bool, directive: str) -> tuple[Status, str]:
    match = _DIRECTIVE.match(directive)
    if match is None:
        return (Status.PASS if ok else Status.FAIL), directive
    word, reason = match.group(1).upper(), match.group(2)
    if not ok and word.startswith("SKIP") and word != "SKIP":
        return Status.FAIL, directive  # "skipped_pages mismatch" is why it failed
    match word:
        case _ if word.startswith("SKIP"):
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


def _close(block: _Block) -> list[Outcome]:
    """The results of a block, with what its plan promised and did not deliver."""
    _finish(block)
    return block.results


def _finish(block: _Block) -> None:
    """End a report: the next one has its own plan and numbers, and no children of this one."""
    block.results += _lacking(block)
    block.results += block.children
    block.first, block.plan, block.bail = len(block.results), None, None
    block.children, block.numbers = [], []


def _lacking(block: _Block) -> list[Outcome]:
    """What the plan promised and did not come, by its number where the results say theirs."""
    got = len(block.results) - block.first
    bail = [] if block.bail is None else [Outcome("bail-out", Status.FAIL, block.bail)]
    if block.plan is None:
        return bail
    numbered = len([n for n in block.numbers if n]) or got  # "ok now the rest" is prose there
    if numbered > block.plan and block.plans == 1 and not block.first:  # no other report's
        return [*bail, Outcome(PLAN, Status.FAIL, f"planned {block.plan} results, got {got}")]
    have = {n for n in block.numbers if 0 < n <= block.plan}
    counted = got if not have else len(have)
    most = min(MAX_MISSING, block.left[0])
    lacking = range(got + 1, min(block.plan, got + most) + 1) if not have else [
        n for n in range(1, min(block.plan, len(have) + most) + 1) if n not in have]
    why = f"planned {block.plan} results, got {got}"
    if have and len([n for n in block.numbers if n in have]) > len(have):
        why += ", a number twice"
    if block.bail is not None:
        why = f"Bail out! {block.bail}".strip()
    listed = [Outcome(f"#{n}", Status.MISSING, why) for n in lacking]
    block.left[0] -= len(listed)
    if block.plan - counted > len(listed):
        after = lacking[-1] + 1 if listed else counted + 1
        listed.append(Outcome(f"#{after} to #{block.plan}", Status.MISSING, why))
    return listed or bail


def _planned(block: _Block, plan: int) -> None:
    """Take in a plan: of results to come, of those that were, or of another report."""
    got = len(block.results) - block.first
    block.plans += 1
    if block.plan is not None and got:
        more = max(0, got - block.plan)  # of a report whose plan comes last
        numbers = block.numbers[len(block.numbers) - more:]
        mine = block.results[len(block.results) - more:]
        del block.results[len(block.results) - more:]
        block.numbers = block.numbers[:len(block.numbers) - more]
        _finish(block)
        block.results, block.numbers = block.results + mine, numbers
    block.plan = plan + (block.plan or 0)


def parse(lines: Iterable[str], *, as_said: bool = False,
          ) -> tuple[tuple[Outcome, ...], tuple[Measurement, ...]]:
    """Return the outcomes of all reports in ``lines``, and the measurements.

    A name that comes again is "NAME (2)", but on the first level not where it is ``as_said``.
    """
    top = _Block(0, [MAX_RESULTS], as_said=as_said)
    stack = [top]
    measurements: list[Measurement] = []
    rows = _inside([_row(raw.rstrip("\r\n")) for raw in lines])
    seen, at, last = 0, 0, -1  # last: the column of a result in the line before
    while at < len(rows):
        text = rows[at].lstrip(" ")
        column = len(rows[at]) - len(text)
        if 0 <= last < column and text == "---" and (end := _yaml(rows, at, column)):
            at, last = end, -1
            continue
        at, last = at + 1, column if _RESULT.match(text) else -1
        if (found := measured.figure(text)) is not None:
            measurements += [found] if len(measurements) < MAX_MEASURES else []
            continue
        seen += last >= 0
        if seen <= MAX_RESULTS:
            _take(stack, text, min(column // 2, _MAX_DEPTH))
    while len(stack) > 1:
        _fold(stack)
    more = (Outcome("#more", Status.MISSING, f"{seen} results, of which {MAX_RESULTS} were read"),
            ) if seen > MAX_RESULTS else ()
    return (*_close(top), *more), tuple(measurements)


def _inside(rows: list[str]) -> list[str]:
    """The rows without what a logger put before the version line, and so before the others.

    As tools/testing/kunit/kunit_parser.py does; the time of day is another one in each.
    """
    before = next((m.group(1) for row in rows if (m := _LOGGED.match(row))), "")
    if not before.strip():
        return rows
    same = re.compile(re.sub(r"\d", r"\\d", re.escape(before)))
    return [same.sub("", row, count=1) if same.match(row) else row for row in rows]


def _row(line: str) -> str:
    """A line without its time stamp; a tab at its begin is two levels, and a directive its end."""
    if len(line) > MAX_LINE:
        line = line[:MAX_LINE // 2] + line[-MAX_LINE // 2:]
    text = _STAMP.sub("", _COLOUR.sub("", line), count=1)
    bare = text.lstrip(" \t")
    return text[:len(text) - len(bare)].expandtabs(4) + bare


def _yaml(rows: list[str], start: int, column: int) -> int:
    """The line behind a YAML block, which is text whatever it looks like; 0: it has no end."""
    for at in range(start + 1, min(len(rows), start + MAX_YAML)):
        text = rows[at].lstrip(" ")
        if text and len(rows[at]) - len(text) < column:
            return 0
        if text.rstrip() == "..." and len(rows[at]) - len(text) == column:
            return at + 1
    return 0


def _take(stack: list[_Block], text: str, depth: int) -> None:
    """Take in one line that is no measurement."""
    top = stack[0]
    if _VERSION.match(text):
        _open(stack, depth)
        top.begun = True
    elif match := _PLAN.match(text):
        block, top.begun = _at(stack, depth), True
        _planned(block, min(int(match.group(1)[:20]), MAX_PLAN))
        skipped = _SKIPPED.match(match.group(2) or "")
        if skipped and int(match.group(1)) == 0:
            block.results.append(Outcome("all", Status.SKIP, skipped.group(1)))
            block.first, block.plan = len(block.results), None
    elif match := _RESULT.match(text):
        block, top.begun = _at(stack, depth), True
        number, name, directive = _parts(match.group(2) or "")
        status, reason = _status(match.group(1) == "ok", directive)
        block.numbers.append(number)
        name = _alone(block, name or f"#{len(block.results) + 1}")
        block.results.append(_outcome(name, status, reason, block))
    elif (match := _BAIL.match(text)) and top.begun:
        _at(stack, depth).bail = match.group(1)
    elif _NOTE.match(text) and not _SUBTEST.match(text):
        block = _at(stack, depth)
        if len(block.log) < _LOG_LINES:
            block.log.append(text[1:].strip())


def _alone(block: _Block, name: str) -> str:
    """A name that no result of this level has: programs give one to several, in order.

    Else the last one would speak for all (tools/testing/selftests/vm/madv_populate.c of 6.1).
    """
    block.names[name] += 1
    return name if block.names[name] == 1 or block.as_said else f"{name} ({block.names[name]})"


def _parts(text: str) -> tuple[int, str, str]:
    """The number of a result (0: none), its name and its directive."""
    match = _NUMBER.match(text)
    rest = text[match.end():] if match else text
    rest = rest.removeprefix("- ")
    name = found.group() if (found := _NAME.match(rest)) else ""
    return (int(match.group(1)) if match else 0, re.sub(r"\\([\\#])", r"\1", name).strip(),
            rest[len(name) + 1:].strip())


def _outcome(name: str, status: Status, reason: str, block: _Block) -> Outcome:
    children, log = tuple(block.children), "\n".join(block.log)
    block.children, block.log = [], []
    if status is Status.PASS and any(c.status in BAD for c in children):
        status, reason = Status.FAIL, "a subtest failed"
    return Outcome(name, status, reason, children, log)


def _open(stack: list[_Block], depth: int) -> None:
    """A report begins: what was before at its level is another one's."""
    while len(stack) > 1 and stack[-1].depth >= depth:
        _fold(stack)
    if depth > stack[-1].depth:
        stack.append(_Block(depth, stack[-1].left))
    elif stack[-1].plan is None or stack[-1].children or (
            len(stack[-1].results) > stack[-1].first):
        _finish(stack[-1])  # else its plan came before its version


def _at(stack: list[_Block], depth: int) -> _Block:
    while len(stack) > 1 and stack[-1].depth > depth:
        _fold(stack)
    if depth > stack[-1].depth:
        stack.append(_Block(depth, stack[-1].left))
    return stack[-1]


def _fold(stack: list[_Block]) -> None:
    """End the innermost block: its results wait for the parent's own result."""
    block = stack.pop()
    stack[-1].children += _close(block)
