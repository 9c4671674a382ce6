# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong, most serious first, and each cause once. Pure.

Reviewers read one line. So findings are put into groups with one cause: a crash that ten tests
met is one, a field that was renamed in two structs too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.clean import one_line
from harness.model import Finding, Severity, rules

ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
# By rule: how serious, and what it says of a series in words that need no manual.
_KINDS: tuple[tuple[re.Pattern[str], int, str], ...] = tuple(
    (re.compile(pattern), rank, words) for pattern, rank, words in (
        ("build-error|tests-do-not-compile", 0, "it does not build"),
        ("not-bisectable", 0, "a patch in the middle does not build"),
        ("boot-failure", 1, "the patched kernel does not boot"),
        ("runtime-regression|runtime-lost|runtime-failure", 3, "tests fail"),
        ("runtime-", 3, "tests behave otherwise than before"),
        ("uapi-source|uapi-consumer|uapi-header|uapi-include|uapi-names|uapi-macro", 4,
         "userspace source no longer compiles"),
        ("uapi-type|uapi-sign", 4, "a type that userspace uses is another"),
        ("uapi-layout|uapi-alignment", 4, "old programs see other data"),
        ("uapi-ioctl", 4, "an ioctl has another number"),
        ("uapi-value", 4, "old programs use other values"),
        ("uapi-clash", 5, "a number is taken already"),
        ("uapi-|claim", 5, "what userspace gets is not as it should be"),
    ))
_CRASH, _OTHER = 2, 6
# A program that a signal ended is no crash of the kernel.
_DIED = re.compile(r"-> CRASHED(?!: signal \d)|kernel: ")
_BAD_MEMORY = re.compile(r"use after free|use-after-free|out-of-bounds|null pointer|double.free",
                         re.IGNORECASE)
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings with one cause; ``says`` is a clause, ``names`` what they are about."""

    says: str
    findings: tuple[Finding, ...]

    @property
    def names(self) -> str:
        """The tests, fields or places, a few of them; one alone says what is wrong with it."""
        first = self.findings[0]
        if len(self.findings) == 1 and not (first.where.test or first.struct) and (
                first.rule != "build-error"):
            said = one_line(problem(first), 160)
            return "" if said == self.says else said
        every = dict.fromkeys(_named(f) for f in self.findings)
        shown = [one_line(n, 60) for n in list(every)[:MOST_NAMED] if n]
        more = len(every) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more > 0 and shown else "")


def _named(item: Finding) -> str:
    if item.rule == "build-error" and item.where:  # its subject has the compiler's words too
        return str(item.where)
    return (item.where.test or ".".join(filter(None, (item.struct, item.member)))
            or item.subject.strip())


def rank(item: Finding) -> int:
    """How serious what a finding says is, from 0; its severity is another thing."""
    return _kind(item)[0]


def _kind(item: Finding) -> tuple[int, str]:
    """Its rank, and the words for findings of its kind: "" where it has words of its own."""
    if item.rule.startswith("runtime-") and _DIED.search(item.message):
        return _CRASH, "the kernel crashes"
    return next(((r, words) for pattern, r, words in _KINDS if pattern.match(item.rule)),
                (_OTHER, ""))


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most serious first: by severity, then by what it says."""
    return tuple(sorted(findings, key=lambda f: (ORDER.index(f.severity), rank(f))))


def causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """The errors by their causes, most serious first."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for item in ordered(f for f in findings if f.severity is Severity.ERROR):
        groups.setdefault(_key(item), []).append(item)
    return tuple(Cause(_says(row), tuple(row)) for row in groups.values())


def lesser(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Warnings, and then notes: those of one rule are one."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for item in ordered(f for f in findings if f.severity is not Severity.ERROR):
        groups.setdefault((item.severity, item.rule), []).append(item)
    return tuple(Cause(_of_rule(row[0]), tuple(row)) for row in groups.values())


def _of_rule(item: Finding) -> str:
    known = rules.table().get(item.rule)
    return known.summary if known else problem(item)


def _key(item: Finding) -> tuple[object, ...]:
    kind = _kind(item)
    return kind if kind[1] else (item.rule, item.message)


def _says(row: list[Finding]) -> str:
    item = row[0]
    number, words = _kind(item)
    if number == _CRASH:
        found = [m.group().lower() for f in row if (m := _BAD_MEMORY.search(f.message))]
        return f"{words} ({found[0]})" if found else words
    if not words:
        known = rules.table().get(item.rule)
        return known.summary if known else one_line(item.text, 120)
    return _tests(row) if words == "tests fail" else words


def fix(item: Finding) -> str:
    """``fix: …``, as a finding says behind a semicolon, else ``next: …``, as its rule does."""
    _, _, said = item.text.partition("; ")
    if said:
        return f"fix: {said}"
    if item.severity is not Severity.ERROR or item.rule.startswith("runtime-"):
        return ""  # how a test is repeated mends nothing
    known = rules.table().get(item.rule)
    return f"next: {known.fix.partition('. ')[0].strip()}" if known else ""


def problem(item: Finding) -> str:
    """What a finding says is wrong, without the way out."""
    return item.text.partition("; ")[0]


def _tests(row: list[Finding]) -> str:
    """How many tests fail, and how many of them the base passes."""
    new = sum(f.rule == "runtime-failure" for f in row)
    one = len(row) == 1
    if new == len(row):
        return "a new test fails" if one else f"{new} new tests fail"
    if not new:
        return ("a test that passes on the base fails" if one else
                f"{len(row)} tests that pass on the base fail")
    old = len(row) - new
    return f"{len(row)} tests fail, {old} of which {'passes' if old == 1 else 'pass'} on the base"


def sentence(findings: Iterable[Finding]) -> str:
    """What is wrong in one sentence; "" where nothing is."""
    says = list(dict.fromkeys(c.says for c in causes(findings)))
    if not says:
        return ""
    shown = says[:MOST_NAMED]
    more = f"; and {len(says) - len(shown)} more" if len(says) > len(shown) else ""
    return "; ".join(shown) + more
