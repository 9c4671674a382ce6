# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare the claims of a series with the measurements. Pure.

"cutting the number of exits by half", "from two to one", "30% fewer", "no functional
change": found in the messages, joined by their words with the figures of the tests that
count something. Times are left alone: an emulator's say nothing about a machine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.clean import one_line
from harness.model import BOOT_TEST, Change, ChangeKind, Finding, Measurement, Series, Severity

_NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
            "eight": 8, "nine": 9, "ten": 10}
_NUMBER = r"(\d[\d,]*(?:\.\d+)?|" + "|".join(_NUMBERS) + ")"
_LESS = r"(?:cut\w*|reduc\w+|decreas\w+|lower\w*|sav\w+|fewer|less|drop\w*|fall\w*)"
_RATIOS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b{_LESS}\b.{{0,200}}\b(?:by|in) half\b|\bhalv(?:e|es|ed|ing)\b", re.IGNORECASE),
     "half"),
    (re.compile(rf"\b{_LESS}\b.{{0,120}}?\bto {_NUMBER} ?%", re.IGNORECASE), "to-percent"),
    (re.compile(rf"\b{_LESS}\b[^.]{{0,120}}?\b{_NUMBER} ?%|{_NUMBER} ?% (?:fewer|less)\b",
                re.IGNORECASE), "percent"),
    (re.compile(rf"\bfrom {_NUMBER}\b[^.]{{0,20}}? to {_NUMBER}\b", re.IGNORECASE), "from-to"),
    (re.compile(rf"\b{_NUMBER} times (?:fewer|less)\b", re.IGNORECASE), "times"),
)
# Not a statement of what this series does to a count, or one that cannot be weighed here.
_HEDGED = re.compile(
    r"\b(?:not|without|previous\w*|claimed?|introduced|theory|up to|at least|or more|less than"
    r"|about|around|roughly|almost|nearly|except|otherwise|cpu|boot|latency|bandwidth|throughput|usage|host"
    r"|seconds?|minutes?|[mnu]s|[MKG]B|amd|intel|skylake|bits?|commit [0-9a-f]{7,})\b|~|\d-bit",
    re.IGNORECASE)
_NFC = re.compile(r"\b(?:no functional changes?|NFC)\b(?! for)", re.IGNORECASE)
_TIMES = frozenset({"x", "ns", "us", "ms", "s", "ns/op"})
_EMPTY = frozenset(re.findall(r"\w+", """the and for from with that this are was were when can use
    used using into than then not but its per each number half percent times to by in of on at or
    is it be as an a will have has"""))


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence; ``ratio`` is after over before (0: none), ``words`` what it is about."""

    text: str
    patch: int
    ratio: float
    words: frozenset[str]


def _value(text: str) -> float:
    word = text.lower()
    return float(_NUMBERS[word] if word in _NUMBERS else word.replace(",", ""))


def _ratio(text: str) -> float:
    for pattern, kind in _RATIOS:
        match = pattern.search(text)
        if match is None:
            continue
        values = [_value(g) for g in match.groups() if g]
        if kind == "half":
            return 0.5
        if kind == "to-percent" and 0 < values[0] < 100:
            return values[0] / 100
        if kind == "percent" and 0 < values[0] < 100:
            return 1 - values[0] / 100
        if kind == "from-to" and values[0] > 0:
            return values[1] / values[0]
        if kind == "times" and values[0] > 1:
            return 1 / values[0]
    return 0.0


def _words(text: str) -> frozenset[str]:
    found = re.findall(r"0x[0-9a-f]+|[a-z_]{2,}", text.lower())
    return frozenset(w.rstrip("s") for w in found if w not in _EMPTY)


def claims(series: Series) -> tuple[Claim, ...]:
    """The claims in the commit messages, in order."""
    found = []
    texts = [(0, series.cover), *((p.number, p.message) for p in series.patches)]
    for number, message in texts:
        prose = "\n".join(t for t in message.splitlines()
                          if not re.match(r"[\w-]+: |>| \S+ +\|", t))
        for sentence in re.split(r"(?<=[.!?;:])\s+|\n\s*\n", prose):
            text = " ".join(sentence.split())[:1000]
            ratio = 0.0 if _HEDGED.search(text) else _ratio(text)
            if ratio or (_NFC.search(text) and not _HEDGED.search(
                    re.sub(r"\b[Nn]o functional changes?", "", text))):
                found.append(Claim(text, number, ratio, _words(text)))
    return tuple(found)


def join(said: Iterable[Claim], before: Iterable[Measurement], after: Iterable[Measurement],
         changes: tuple[Change, ...], patches: int = 1) -> Iterator[Finding]:
    """Each claim with what was measured, or with the word that nothing measures it."""
    said = tuple(said)
    old = {m.name: m for m in before}
    rows = [(old[m.name], m) for m in after if m.name in old and m.unit not in _TIMES
            and old[m.name].value > 0]
    alone = len({c.patch for c in said if not c.ratio}) == patches
    for claim in said:
        text = one_line(claim.text, 160)
        if not claim.ratio:
            yield _unchanged(claim, text, changes, alone=alone)
            continue
        fitting = [(len(claim.words & _words(m.name)), b, m) for b, m in rows]
        fitting = sorted((f for f in fitting if f[0] >= 2), key=lambda f: (
            not _agrees(claim, f[1], f[2]), -f[0]))
        if not fitting:
            yield Finding("claim", Severity.NOTE, f"not checked, nothing measures it: {text}",
                          patch=claim.patch, subject=text)
            continue
        _, was, now = fitting[0]
        agrees = _agrees(claim, was, now)
        # Only a figure that is all about what the sentence says can contradict it.
        sure = _words(now.name) <= claim.words
        yield Finding(
            "claim" if agrees or not sure else "claim-differs",
            Severity.NOTE if agrees or not sure else Severity.WARNING,
            f"{'measured as said' if agrees else 'said, and measured otherwise'}: {text} "
            f"[{now.name}: {was.value:,.0f} -> {now.value:,.0f}, "
            f"{now.value / was.value:.2f} of before]", patch=claim.patch, subject=text)


def _agrees(claim: Claim, was: Measurement, now: Measurement) -> bool:
    return abs(now.value / was.value - claim.ratio) <= 0.05


def _unchanged(claim: Claim, text: str, changes: tuple[Change, ...], *, alone: bool) -> Finding:
    """``alone``: every patch of the series claims it; else another patch may change something."""
    loud = {ChangeKind.REGRESSION, ChangeKind.LOST, ChangeKind.DIFFERENT}
    moved = [c.name for c in changes if c.kind in loud] if alone else []
    ran = sum(c.kind is ChangeKind.SAME and c.name != BOOT_TEST for c in changes)
    if moved:
        return Finding("claim-differs", Severity.WARNING,
                       f"said, and tests see a difference: {text} [{', '.join(moved[:3])}]",
                       patch=claim.patch, subject=text)
    return Finding("claim", Severity.NOTE, f"{ran} tests say the same before and after: {text}"
                   if ran else f"not checked, no test looks at it: {text}",
                   patch=claim.patch, subject=text)
