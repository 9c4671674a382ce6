# SPDX-License-Identifier: GPL-2.0-or-later
"""What a series says of itself, beside what was measured. Pure.

"cutting the number of exits by half", "from two to one", "30% fewer", "no functional
change": found in the messages, joined by their words with the figures of the tests that
count something. Times are left alone: an emulator's say nothing about a machine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.clean import one_line
from harness.model import Change, ChangeKind, Finding, Measurement, Series, Severity

_NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
            "eight": 8, "nine": 9, "ten": 10}
_NUMBER = r"(\d[\d,]*(?:\.\d+)?|" + "|".join(_NUMBERS) + ")"
_LESS = r"(?:cut\w*|reduc\w+|decreas\w+|lower\w*|sav\w+|fewer|less|drop\w*|fall\w*)"
_RATIOS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b{_LESS}\b.*\b(?:by|in) half\b|\bhalv(?:e|es|ed|ing)\b", re.IGNORECASE),
     "half"),
    (re.compile(rf"\b{_LESS}\b[^.]*?\b{_NUMBER} ?%|{_NUMBER} ?% (?:fewer|less)\b", re.IGNORECASE),
     "percent"),
    (re.compile(rf"\bfrom {_NUMBER}\b[^.]{{0,20}}? to {_NUMBER}\b", re.IGNORECASE), "from-to"),
    (re.compile(rf"\b{_NUMBER} times (?:fewer|less)\b", re.IGNORECASE), "times"),
)
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
    """What the messages claim, in their order."""
    found = []
    texts = [(0, series.cover), *((p.number, p.message) for p in series.patches)]
    for number, message in texts:
        prose = "\n".join(t for t in message.splitlines()
                          if not re.match(r"[\w-]+: |>| \S+ +\|", t))
        for sentence in re.split(r"(?<=[.!?;:])\s+|\n\s*\n", prose):
            text = " ".join(sentence.split())
            ratio = _ratio(text)
            if ratio or _NFC.search(text):
                found.append(Claim(text, number, ratio, _words(text)))
    return tuple(found)


def join(said: Iterable[Claim], before: Iterable[Measurement], after: Iterable[Measurement],
         changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Each claim with what was measured, or with the word that nothing measures it."""
    old = {m.name: m for m in before}
    rows = [(old[m.name], m) for m in after if m.name in old and m.unit not in _TIMES
            and old[m.name].value > 0]
    for claim in said:
        text = one_line(claim.text, 160)
        if not claim.ratio:
            yield _unchanged(claim, text, changes)
            continue
        fitting = [(len(claim.words & _words(m.name)), b, m) for b, m in rows]
        best = max((f for f in fitting if f[0] >= 2), default=None,
                   key=lambda f: (f[0], -abs(f[2].value / f[1].value - claim.ratio)))
        if best is None:
            yield Finding("claim", Severity.NOTE, f"not checked, nothing measures it: {text}",
                          patch=claim.patch, subject=text)
            continue
        _, was, now = best
        ratio = now.value / was.value
        agrees = abs(ratio - claim.ratio) <= 0.1 * max(claim.ratio, 0.1)
        yield Finding(
            "claim" if agrees else "claim-differs", Severity.NOTE if agrees else Severity.WARNING,
            f"{'measured as said' if agrees else 'said, and measured otherwise'}: {text} "
            f"[{now.name}: {was.value:,.0f} -> {now.value:,.0f}, {ratio:.2f} of before]",
            patch=claim.patch, subject=text)


def _unchanged(claim: Claim, text: str, changes: tuple[Change, ...]) -> Finding:
    quiet = {ChangeKind.SAME, ChangeKind.ALREADY_FAILING, ChangeKind.UNTESTED, ChangeKind.FLAKY}
    moved = [c.name for c in changes if c.kind not in quiet]
    ran = sum(c.kind is ChangeKind.SAME for c in changes)
    if moved:
        return Finding("claim-differs", Severity.WARNING,
                       f"said, and tests see a difference: {text} [{', '.join(moved[:3])}]",
                       patch=claim.patch, subject=text)
    return Finding("claim", Severity.NOTE, f"{ran} tests say the same before and after: {text}"
                   if ran else f"not checked, no test looks at it: {text}",
                   patch=claim.patch, subject=text)
