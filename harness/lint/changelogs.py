# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a series says what changed since its last version. Pure."""

from __future__ import annotations

import re

from harness.model import Series

# However authors say it: "v2:", "Changes since v1", "RFC -> v1", an interdiff or range-diff. A
# number alone is none: code changes a limit from 8 to 16, and works since v5.10 or with NFS v4.1.
_WORD = r"(?:v|ver\.? ?#?|version\s?#?|rfc\s?v?|patch ?set\s?)"  # before a number
_OF_SERIES = rf"\b{_WORD}(\d{{1,3}})(?!\.?\d)\b"
_EARLIER = (r"(?:the )?(?:last|previous|first|initial|earlier) "
            r"(?:version|posting|series|round|submission|revision|patch)")
_CHANGELOG = re.compile(
    r"(?im)^\W*(?:(?:(?:main|major|minor|other|no|the|my) )?change[sd]?|changelog|updated?s?|"
    r"differen(?:ce|t)s?|diff|delta|history|"
    rf"revisions?|what'?s new|new|since|compared)\b[^.\n]{{0,60}}{_OF_SERIES}"
    rf"|^\W*{_OF_SERIES}\s*(?:[^\w\s]|$|changes)"
    rf"|{_OF_SERIES}.{{0,10}}[-=]>|[-=]>\s*(?:v\d|RFC)"
    r"|^\W*v?\d+\s*[-=]>\s*v?\d|interdiff|range-diff|change\s?log"
    r"|^\W*(?:changes|history|changed|revision)\b[\w ]{0,30}:?\s*$"
    rf"|\b(?:since|from|over) {_EARLIER}")
# What authors say below "---" without a word of versions.
_TOLD = re.compile(r"(?i)\brebas(?:ed?|ing)\b|\bno (?:functional |other |code )?changes?\b|"
                   r"\b(?:address|incorporat|appl|fix)\w* .{0,40}\b(?:comment|feedback|review|"
                   r"remark|suggestion)|\bcompared (?:to|with) (?:the )?(?:previous|last)\b|"
                   r"\bwhat changed\b|\bnew in this (?:version|one|series)\b|"
                   r"\bsince (?:the )?last (?:time|one|post)|"
                   r"\bas (?:\w+ )?(?:requested|suggested|asked|proposed|pointed out)\b|"
                   r"\b(?:requested|suggested|asked for|pointed out) by\b|"
                   r"\b(?:add|collect|pick)\w* (?:up )?(?:\S+ )?(?:\w+-by|tags?|trailers?)\b")
_LIST = re.compile(r"(?m)^\s*[-*+] \S")  # below "---" without versions it stands for nothing else
_DIFFSTAT = re.compile(r"(?m)^.*(?:files? changed|\|).*$")
_MENTION = re.compile(_OF_SERIES, re.IGNORECASE)
# A link alone; with a list below it is the heading of what changed since.
_LINK = re.compile(r"(?im)^\W*(?:link\b[^:\n]*:|v\d+:?|\[\d+\]:?)?\s*https?://\S+\s*$"
                   r"(?!\n\s*(?:[-*+] |\w+:\s*\n))")
_LISTED = re.compile(r"(?im)^\W*v(\d+):?\s*https?://\S+\s*$(?=\n\s*(?:[-*+] |\w+:\s*\n))")
# Versions of something else: "NFS v3", "cgroup v2", "the v2 API", "version 2 of the protocol".
_ELSE = re.compile(
    r"\b(?!RFC |PR |PATCH |PATCHSET |SINCE |IN |CHANGE|DIFF|VERSION )"
    r"(?:[A-Z][A-Z0-9_-]+|(?i:cgroups?|api|abi|hypercall|protocol|spec|format)) (?:v|version )\d+\b"
    r"|\b(?i:(?:v|version )\d+(?: of)? (?:the )?(?:\w+ )?(?:api|abi|protocol|spec(?:ification)?|"
    r"format|structure|hardware|boards?|devices?|need|driver))\b")
# In a commit message, where prose about code speaks of versions too, a list has a heading.
_IN_MESSAGE = re.compile(
    rf"(?im)^\W*(?:change[sd]?|change ?log|updates?|(?:revision )?history|diff(?:erences)?)?"
    rf"(?: (?:in|since|from|for|to|between|log))?[ :]*\W*{_OF_SERIES}"
    r"(?:\s*(?:[-=]+>|to|and|\.\.)\s*(?:v|rfc ?v?)?\d+)?\W*(?::.*)?$"
    r"|^\W*(?:changes|change ?log|revision history)\W*:\s*$")
_PREVIOUS = re.compile(rf"(?i)\b(?:since|from|over|to) {_EARLIER}")


def tells(series: Series) -> bool:
    """Whether anything in it says what changed since the version before."""
    # Below "---" nobody has another reason to speak of an earlier version.
    notes = _plain("\n".join(p.notes for p in series.patches))
    mine = f"{_plain(series.cover)}\n{notes}"
    headed = "\n".join(m.group() for p in series.patches
                       for m in _IN_MESSAGE.finditer(_plain(p.message)))
    spoken = [int(m.group(1)) for m in _MENTION.finditer(notes)]
    if _TOLD.search(notes) or (not spoken and _LIST.search(notes)):
        return True
    if not headed and not _CHANGELOG.search(mine) and not any(
            n <= series.version for n in spoken):
        return False
    return _is_of(series.version, f"{mine}\n{headed}")


def _is_of(version: int, text: str) -> bool:
    """Whether a changelog reaches this version.

    It does not where all that is said of the last one is what was new in that: "Changes in v2".
    """
    numbers = {int(m.group(1)) for m in _MENTION.finditer(text)}
    if not numbers or max(numbers) >= version or _PREVIOUS.search(text):
        return True
    last = rf"{_WORD}{version - 1}\b"
    said = len(re.findall(last, text, re.IGNORECASE))
    old = rf"(?im)(?:\b(?:in|for)|[-=]+>|v\d+ to)\s*{last}|^\W*{last}(?= ?:| ?[(-]|\W*$|\s+changes)"
    return said > len(re.findall(old, text))


def _plain(text: str) -> str:
    """Without diffstat and links, which are no changelog, and versions of something else."""
    return _ELSE.sub("", _LINK.sub("", _LISTED.sub(r"since v\1:", _DIFFSTAT.sub("", text))))
