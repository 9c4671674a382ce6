# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the kernel's own complaints in a console log. Pure."""

from __future__ import annotations

import re

from harness.model import Splat

_STAMP = re.compile(r"^\[\s*(\d+\.\d+)\](?:\[\s*\w+\])?\s?")
# Our programs say which test begins; KUnit says so of each suite, before its plan.
_MARK = re.compile(r"^(?:ktap: (\S+)| {4}# Subtest: (\S.*))$")
SUITE = "kunit:"  # before the name of a suite
# Each is the first line of a report; what follows belongs to it.
_TITLES = tuple(re.compile(p) for p in (
    r"Kernel panic - not syncing: .*",
    r"BUG: .*",
    r"kernel BUG at .*",
    r"Oops(?: - \w+)?: .*",
    r"general protection fault.*",
    r"WARNING: .*",
    r"Unable to handle kernel .*",
    r"divide error: .*",
    r"stack segment: .*",
    r"invalid opcode: .*",
    r"double fault: .*",
    r"watchdog: BUG: .*",
    r"INFO: task .* blocked for more than .*",
    r"INFO: rcu.* detected stall.*",
    r"rcu: INFO: .* stall.*",
    r"unregister_netdevice: waiting for .*",
))
_FATAL = re.compile(r"^(?:Kernel panic|BUG: (?!sleeping|scheduling)|kernel BUG|Oops|general prot|"
                    r"Unable to handle|divide error|stack segment|invalid opcode|double fault)")
_PANIC = re.compile(r"^(?:Kernel panic|---\[ end Kernel panic)")
_END = re.compile(r"^---\[ end (?:trace|Kernel)")
# Of the unwinder, in the middle of a trace (arch/x86/kernel/unwind_*.c)
_UNWINDER = re.compile(r"^WARNING: (?:kernel stack|stack recursion|can't access registers)")
_CUT = re.compile(r"^-+\[ cut here \]-+$")
# POISON_FREE of slub_debug=P (include/linux/poison.h), eight times in a pointer
_POISON = re.compile(r"6b6b6b6b6b6b6b[0-9a-f]{2}")
_MAX_LINES = 60
MAX_SPLATS = 200  # of one boot: a guest can print them without end


def plain(line: str) -> str:
    """A console line without its time stamp."""
    return _STAMP.sub("", line.rstrip("\r\n"))


def seconds(line: str) -> float | None:
    """The time stamp of a console line: seconds since the kernel began."""
    match = _STAMP.match(line)
    return float(match.group(1)) if match else None


def title_of(line: str) -> str | None:
    """The title when the line begins a report, else None."""
    text = plain(line)
    return text if any(t.match(text) for t in _TITLES) else None


def is_fatal(line: str) -> bool:
    """Whether the kernel can no longer be trusted after this line."""
    return bool(_FATAL.match(plain(line)))


def is_panic(line: str) -> bool:
    """Whether nothing more will come."""
    return bool(_PANIC.match(plain(line)))


def _title(first: str, body: list[str]) -> str:
    """Make a title that is the same from boot to boot: no addresses, plus the function."""
    text = re.sub(r":?\s*0000 \[#\d+\].*$", "", first)
    text = re.sub(r"\+0x[0-9a-f]+/0x[0-9a-f]+", "", text)
    text = re.sub(r"(?:(?:, probably )?for non-canonical )?address:? (?:0x)?[0-9a-f]{8,}|"
                  r"0x[0-9a-f]+|"
                  r"\b[0-9a-f]{16}\b|CPU: \d+|PID: \d+", "", text)
    text = " ".join(text.split())[:120].rstrip(" ,:")
    if _POISON.search("\n".join([first, *body])):
        text += " (use after free: the poison 0x6b of a freed object)"
    for line in body:
        if match := re.search(r"RIP: \w+:(\w[\w.]*)\+0x", line):
            return f"{text} in {match.group(1)}" if match.group(1) not in text else text
    return text


def _traced(body: list[str]) -> bool:
    """Whether the report so far has its call trace: a title after that begins another one.

    Kernels before 5.10 do not mark the end of a trace.
    """
    trace = next((n for n, line in enumerate(body) if line.startswith("Call Trace:")), -1)
    marks = {line.strip() for line in body[trace:]}
    return trace >= 0 and ("</TASK>" in marks or "<TASK>" not in marks)


def find(lines: list[str]) -> tuple[Splat, ...]:
    """All reports, each with the test that was running (the last mark before it)."""
    splats: list[Splat] = []
    during, at = "", 0
    while at < len(lines) and len(splats) < MAX_SPLATS:
        text = plain(lines[at])
        if match := _MARK.match(text):
            during = match.group(1) or f"{SUITE}{match.group(2)}"
        if title_of(lines[at]) is None:
            at += 1
            continue
        body: list[str] = []
        start = at
        while at < len(lines) and at - start < _MAX_LINES:
            line = plain(lines[at])
            if at > start and (_MARK.match(line) or _CUT.match(line)
                               or (title_of(lines[at]) and not _UNWINDER.match(line)
                                   and _traced(body))):
                break
            body.append(line)
            at += 1
            if _END.match(line):
                break
        splats.append(Splat(_title(text, body), "\n".join(body), during,
                            fatal=any(map(is_fatal, body))))
    return tuple(splats)
