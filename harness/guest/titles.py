# SPDX-License-Identifier: GPL-2.0-or-later
"""The title of a kernel's complaint: the same from boot to boot, another elsewhere. Pure."""

from __future__ import annotations

import re

from harness.guest import frames

# POISON_FREE of slub_debug=P (include/linux/poison.h), eight times in a pointer
_POISON = re.compile(r"6b6b6b6b6b6b6b[0-9a-f]{2}")
# What is another one at each boot: processes, processors, addresses, numbers of frames and inodes.
_CHANGES = tuple((re.compile(find), put) for find, put in (
    (r":?\s*(?:\b0000 )?\[#\d+\].*$", ""),
    (r" ilc:\d+$|^CPU \d+ (?=Unable)|, epc == .*", ""),
    (r",? CPU#\d+: \S+/\d+$", ""),
    (r"(scheduling while atomic|workqueue leaked lock or atomic): .*", r"\1"),
    (r"(workqueue lockup) - .*", r"\1"),
    (r"(Bad page (?:state|map)) in process .*|(Bad rss-counter state) .*", r"\1\2"),
    (r"((?:spin|rw)lock [a-z ]+?) on CPU#\d+, .*", r"\1"),
    (r"WARNING: \S+/\d+ still has", "WARNING: a process still has"),
    (r"kworker/\S+?(?=:\d+ |[ ,]|$)", "kworker"),
    (r"(Dentry) \S+ +(still in use).*", r"\1 \2"),
    (r"(waiting for )\S+( to become free).*", r"\1a device\2"),
    (r"[. ]*@offset=\d+", ""),
    (r"(expedited stalls? on CPUs/tasks).*", r"\1"),
    (r"(?:CPU ?\d+: )?(Watchdog detected hard LOCKUP)(?: on cpu \d+)?", r"\1"),
    (r"CPU#\d+|for \d+s!.*|:\d+(?= (?:blocked|can't die))|\[\d{8}\] code: .*", ""),
    (r" \((?:Not t|T)ainted(?:: [\w ]*)?\)", ""),
    (r"\+0x[0-9a-f]+/0x[0-9a-f]+", ""),
    (r"(?:(?:, probably )?for non-canonical )?address:? (?:0x)?[0-9a-f]{8,}", ""),
    # of an MSR the number is the news, and of init its end
    (r" \(tried to write 0x[0-9a-f]+\)| at rIP: (?:0x)?[0-9a-f]+(?= \()", ""),
    (r"(MSR (?:from|to) 0x[0-9a-f]+) \((\w[\w.]*)\)", r"\1 in \2"),
    (r"\bobject: (?:0x)?[0-9a-f]{8,} (?=object type)| hint: 0x0$", ""),
    (r"(?<!MSR from )(?<!MSR to )(?<!exitcode=)0x[0-9a-f]+|\b[0-9a-f]{16}\b", ""),
    (r"CPU: \d+|PID: \d+", "")))
_BRACKETS = re.compile(r"\[ (.*?) \]\s*")
# the instruction on x86; arm64, riscv and mips; arm; s390; powerpc
_IP = re.compile(r"(?:\bRIP: \w+:(?:\[<\w+>\]  ?)?(?:\[<\w+>\] )?|^IP: (?:\[<\w+>\] )?|"
                 r"^\s*(?:pc|epc) +: (?:\[<[0-9a-f]+>\] )?|^PC is at |"
                 r"Krnl PSW : .*\(|^NIP \[[0-9a-f]+\] )(\w[\w.]*)\+0x")
_NAMES = re.compile(r"^(?:UBSAN|BUG: K[AC]SAN|BUG: KFENCE|WARNING|INFO: (?!rcu)|\[ |unchecked MSR)")
# What is left of what was taken away
_LOOSE = re.compile(r"(?:[\s,:]*\b(?:for|at|from|(?:virtual )?address|at virtual|error_code))+$")
# Reports that say their place in words of their own: which, and how.
_SAID = tuple((re.compile(title), re.compile(words)) for title, words in (
    (r"(?:\[ )?(?:INFO|WARNING): (?:possible |inconsistent |\S+-safe -> )",
     r"\bat:\s+(?:\[<[0-9a-f]+>\]\s+)?\(?(\w[\w.]*)\+0x"),
    (r"(?:\[ )?(?:INFO|WARNING): suspicious RCU usage", r"^(\S+\.[ch]):\d+ suspicious "),
    (r"BUG: using ", r"^caller is (\w[\w.]*)(?:\+0x|$)")))
# Whoever was at work then has nothing to do with it.
_CHANCE = re.compile(r"unregister_netdevice|kmemleak: ")
# The first function of the report in a title, or behind a place in the source.
_AT = re.compile(r"(?:\bin| at(?: \S+\.[chS]:\d+)?) ([a-zA-Z_][\w.]*)$")


def of(first: str, body: list[str]) -> str:
    """Make a title that is the same from boot to boot, plus the function.

    What names its place itself needs no more: the instruction is that of what was interrupted.
    """
    text = first.strip()
    if match := _BRACKETS.fullmatch(text):
        text = match.group(1)
    for find, put in _CHANGES:
        text = find.sub(put, text)
    text = " ".join(text.split())[:120].rstrip(" ,:")
    bare = _LOOSE.sub("", text)
    if _POISON.search("\n".join([first, *body])):
        bare += " (use after free: the poison 0x6b of a freed object)"
    # A WARNING that lost its place with an address has that of the instruction.
    place = _place(first, body, by_instruction=not _NAMES.match(first) or text.endswith(" at"))
    if place and not re.search(rf"(?<!\w){re.escape(place)}(?!\w)", bare):
        bare = re.sub(r"(?<!\.)\.$", "", bare) + f" in {place}"
    if _CHANCE.match(first):
        return bare
    named = _AT.search(bare)
    if named is not None and not frames.is_helper(named.group(1)):
        return bare
    caller = frames.culprit(body)
    if not caller or re.search(rf"(?<!\w){re.escape(caller)}(?!\w)", bare):
        return bare
    if named is not None:
        return f"{bare}, called by {caller}"
    return re.sub(r"(?<!\.)[.!]$", "", bare) + f" in {caller}"


def _place(first: str, body: list[str], *, by_instruction: bool) -> str:
    """The function, or the file, that a report names as its place; "" where it names none."""
    how = next((words for title, words in _SAID if title.match(first)),
               _IP if by_instruction else None)
    found = how and next(filter(None, map(how.search, body)), None)
    return found.group(1) if found else ""
