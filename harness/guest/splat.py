# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the kernel's own complaints in a console log. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.guest import titles
from harness.model import Splat

# Of printk; before it what another writer left there without a newline: "login: [   16.305150] …"
_STAMP = re.compile(r"^(?:<\d+>)?\[\s*(\d+\.\d+)\](?:\[\s*\w+\])?\s?")
_LATE_STAMP = re.compile(r"^[^\[]?.{0,300}\[\s*\d+\.\d{6}\](?:\[\s*[CT]\d+\])?\s?")
# What dmesg -T, dmesg --time-format iso, journalctl and syslog put before a line of the kernel's.
_OUTER = re.compile(r"^(?:\[\w{3} \w{3} +\d+ [\d:]{8} \d{4}\] ?|"
                    r"(?:\d{4}-\d\d-\d\dT[\d:]{8}(?:[,.]\d+)?(?:Z|[+-][\d:]{4,5})|"
                    r"\w{3} +\d+ [\d:]{8}) (?:\S+ kernel: ?)?)")
# Our programs say which test begins; KUnit says so of each suite, before its plan.
_MARK = re.compile(r"^(?:ktap: (\S+)| {4}# Subtest: (\S.*))$")
SUITE = "kunit:"  # before the name of a suite
_DIE = r"[a-zA-Z][\w -]{1,40}: [0-9a-f]{4}(?: ilc:\d+)? \[#"  # die() of x86 and s390
# Each is the first line of a report; what follows belongs to it.
_TITLES = re.compile("|".join(f"(?:{p})" for p in (
    r"Kernel panic - not syncing: .*",
    r"BUG: .*",
    # slab_bug() of mm/slub.c has no colon behind BUG; caches have names like L2TP/IPv6
    r"BUG [^\s:]\S*(?: \([^()]*\))?: .*",
    r"UBSAN: .*",
    r"pagealloc: (?:memory corruption|single bit error)",
    r"kmemleak: \d+ new suspected memory leaks.*",
    r"(?:NMI )?watchdog: (?:BUG: .*|(?:CPU\d+: )?Watchdog detected hard LOCKUP.*)",
    r"watchdog: CPU \d+ (?:self-)?detected hard LOCKUP.*",  # powerpc
    _DIE + r"\d+\].*",  # int3, bounds, invalid TSS, segment not present ...
    r"(?:CPU\d+: )?Watchdog detected hard LOCKUP.*",
    r"unchecked MSR access error: .*",
    # lockdep: "[ BUG: bad unlock balance detected! ]" before 4.11, "INFO:" before 4.14
    r"\[ (?:BUG|INFO|WARNING): .* \]",
    r"INFO: (?:possible .*|inconsistent .*|suspicious .*|trying to register non-static key.*)",
    r"Internal error: .*",
    r"PANIC: .*",
    r"alignment check: .*",
    r"kernel stack overflow.*",
    r"kernel tried to execute .*",
    r"ODEBUG: (?:free|init|(?:de)?activate|assert_init|destroy|object) .*",
    r"VFS: (?:Busy inodes after unmount|Close: file count is (?:0|zero)).*",
    r"kernel BUG at .*",
    r"Oops(?: - \w+)?: .*",
    r"(?:Oops|Kernel BUG)(?: - [\w -]+)? ?\[#\d+\].*",  # riscv, mips
    r"(?:segment-related )?general protection fault.*",
    r"WARNING: .*",
    r"(?:CPU \d+ )?Unable to handle kernel .*",
    r"divide[ _]error: .*",
    r"stack segment: .*",
    r"invalid opcode: .*",
    r"double fault: .*",
    r"INFO: task .* (?:blocked (?:in .* )?for|can't die for) more than .*",
    r"INFO: rcu.*detected (?:expedited )?stall.*",
    r"rcu: INFO: .* stall.*",
    r"unregister_netdevice: waiting for .*",
)))
_FATAL = re.compile(r"^(?:Kernel panic|BUG: (?!sleeping|scheduling|using |workqueue|MAX_|K[CM]SAN|"
                    r"Bad rss-counter|non-zero pgtables)|"
                    r"[Kk]ernel BUG|Oops|general prot|(?:CPU \d+ )?Unable to handle|divide error|"
                    r"stack segment|invalid opcode|double fault|Internal error: .* \[#\d+\]|"
                    rf"{_DIE})")
# WARN() (since 6.18 without "CPU:"), lockdep and the unwinder say so in this way. Other lines that
# begin so may be words of a driver's: those are a report when a trace follows.
_SURE = re.compile(
    r"WARNING: (?:CPU: |\S+:\d+ at |at |possible |inconsistent |suspicious |bad (?:un)?lock|"
    r"held lock|lock held|[Nn]ested lock|.{0,80} still has locks|.{0,80}(?:-un)?safe -> |"
    r".{0,80}lock order|kernel stack|stack (?:recursion|going)|"
    r"can't (?:access|dereference) registers)")
_TRACE = re.compile(r"^\s*(?:Call Trace:|RIP: |stack backtrace:|Modules linked in:|CPU: \d+ |"
                    r"Workqueue: |Hardware name: )", re.IGNORECASE)
# What is no report of its own either, and has such lines too: a WARNING above has not.
_OTHERS = re.compile(r": page allocation failure: |invoked oom-killer: |^sysrq: |"
                     r": (?:potentially )?unexpected fatal signal |: unhandled exception: ")
_PANIC = re.compile(r"^(?:Kernel panic|---\[ end Kernel panic)")
# What ends a kernel because of what it has complained of just before, and what that was.
_BECAUSE = tuple((re.compile(rf"^Kernel panic - not syncing: (?:kernel: )?(?:{end})"),
                  re.compile(f"^(?:{why})", re.IGNORECASE)) for end, why in (
    (r"(?:K?[A-Z]+: )?panic_on_\w+|kmsan\.panic set|kasan\.fault=panic set", "(?!Kernel panic)"),
    ("scheduling while atomic", "BUG: scheduling while atomic"), ("hung_task", "INFO: task"),
    ("softlockup", ".*soft lockup"), ("Hard LOCKUP", ".*hard lockup"),
    ("RCU Stall", ".*rcu.* stall"),
    ("Machine halted", "PANIC|BUG|Oops|double fault")))
_DIED = re.compile(r"^Kernel panic - not syncing: (?:(?:Oops: )?Fatal |"
                   r"Attempted to kill (?:init|the idle)|Aiee, killing interrupt handler)")
# What says more of the report that has just begun: die() after "BUG: unable to handle ...".
_MORE = re.compile(rf"^(?:Oops|Kernel BUG \[|PANIC: double fault|{_DIE}|"
                   r"invalid opcode|Internal error|kernel tried to execute|kernel BUG at|WARNING: |"
                   r"BUG: unable to handle|kernel stack overflow|ODEBUG: )")
_FIRST = re.compile(r"^(?:BUG: |kernel BUG at|kernel tried|(?:CPU \d+ )?Unable to handle|"
                    rf"general prot|PANIC|Oops|{_DIE}|ODEBUG|pagealloc|WARNING: )")
_HUNG = re.compile(r"^INFO: task .* for more than ")
# Said again and again for as long as it is so.
_AGAIN = re.compile(r"unregister_netdevice: waiting for|watchdog: BUG: soft lockup|"
                    r"(?:rcu: )?INFO: rcu.* stall")
_END = re.compile(r"^---\[ end (?:trace|Kernel)")
# Of the unwinder, in the middle of a trace (arch/x86/kernel/unwind_*.c)
_UNWINDER = re.compile(r"^WARNING: (?:kernel stack|stack recursion|can't access registers)")
_OVER = re.compile(r"^\s*</TASK>$|^---\[ end ")
# With CONFIG_PRINTK_CALLER: the task or CPU that printed a line (kernel/printk/printk.c).
_CALLER = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\]\[\s*([CT]\d+)\]")
_CUT = re.compile(r"^-+\[ cut here \]-+$")
_MAX_LINES = 60
_MAX_LINE = 1000  # characters
_AMONG = 400  # lines in which the rest of a report may stand, between those of other callers
MAX_SPLATS = 200  # of one boot: a guest can print them without end
MOST_BEGUN = 1000  # lines that seem to begin a report, whose rest is looked for


def plain(line: str) -> str:
    """A console line without its time stamp, and without what stood before that."""
    text = _OUTER.sub("", line.rstrip("\r\n")[:_MAX_LINE])
    if _STAMP.match(text) is None and (late := _LATE_STAMP.match(text)):
        return text[late.end():]
    text = _STAMP.sub("", text)
    late = _LATE_STAMP.match(text)
    return text[late.end():] if late and _begins(text[late.end():]) else text


def _begins(text: str) -> bool:
    return _TITLES.match(text.lstrip(" ")) is not None


def seconds(line: str) -> float | None:
    """The time stamp of a console line: seconds since the kernel began."""
    match = _STAMP.match(line)
    return float(match.group(1)) if match else None


def title_of(line: str) -> str | None:
    """The title when the line begins a report, else None."""
    text = plain(line).lstrip(" ")
    return text if _begins(text) else None


def is_fatal(line: str) -> bool:
    """Whether the kernel can no longer be trusted after this line."""
    return bool(_FATAL.match(plain(line).lstrip(" ")))


def is_panic(line: str) -> bool:
    """Whether nothing more will come."""
    return bool(_PANIC.match(plain(line)))


def _ended(body: list[str], title: str) -> bool:
    """Whether a title begins another report than that of ``body``.

    It does behind a call trace, and where it cannot be a second line of the first. Kernels before
    5.10 do not mark the end of a trace.
    """
    first = body[0].lstrip(" ")
    if not (_MORE.match(title) and _FIRST.match(first)):
        return True
    if _of_a_driver(first, body):
        return True
    if first.startswith("WARNING: ") and title.startswith("WARNING: ") and not (
            _UNWINDER.match(title)):
        return True  # of another CPU, in the middle of this one
    trace = next((n for n, line in enumerate(body) if line.lower().startswith("call trace:")), -1)
    marks = {line.strip() for line in body[trace:]}
    return trace >= 0 and ("</TASK>" in marks or "<TASK>" not in marks)


def _of_a_driver(title: str, body: list[str]) -> bool:
    """Whether a WARNING is words of a driver: no trace follows that is not somebody else's."""
    return title.startswith("WARNING: ") and not _SURE.match(title) and next(
        (bool(_OTHERS.search(line)) for line in body
         if _TRACE.match(line) or _OTHERS.search(line)), True)


def _follows(last: Splat, title: str) -> bool:
    """Whether a report only says what became of the last one: the end, or one more hung task."""
    if _HUNG.match(title):
        return last.title.startswith("INFO: task ") and last.text.count("\n") < 40 * _MAX_LINES
    if (again := _AGAIN.match(title)) and last.text.lstrip().startswith(again.group()):
        return last.text.count("\n") < 40 * _MAX_LINES
    if _DIED.match(title):
        return last.fatal and not last.title.startswith("Kernel panic")
    return any(end.match(title) and why.match(last.title) for end, why in _BECAUSE)


def _gone_on(last: Splat, body: list[str]) -> Splat:
    """A report with what became of it; where it had no trace, that of the panic is its own."""
    rows = last.text.split("\n")
    traced = any(line.lower().startswith("call trace:") for line in rows)
    title = last.title if traced else titles.of(rows[0], [*rows, *body])
    more = body if not traced and title != last.title else body[:1]
    return replace(last, title=title, fatal=last.fatal or is_fatal(body[0]),
                   text="\n".join((*rows, *more)))


def _skipped(lines: list[str], at: int) -> int:
    """The line behind a report: its end, a mark, or another title after its trace."""
    start, body = at, list[str]()
    while at < len(lines) and at - start < _MAX_LINES:
        line = plain(lines[at])
        if at > start and ((_MARK.match(line) and not _goes_on(lines, start, at))
                           or (_CUT.match(line) and not _warns(body)) or (
                (title := title_of(lines[at])) and not _UNWINDER.match(line)
                and _ended(body, title))):
            break
        body.append(line)
        at += 1
        if _END.match(line):
            break
    return at


def _warns(body: list[str]) -> bool:
    """Whether a title has nothing of its own yet: the WARN() behind it is its trace."""
    return len(body) == 1 and body[0].lstrip(" ").startswith("BUG: Dentry")


def _goes_on(lines: list[str], start: int, at: int) -> bool:
    """Whether the second line of a page fault comes behind a mark that is in between."""
    return plain(lines[start]).startswith("BUG: unable to handle") and any(
        plain(line).startswith("Oops") for line in lines[at + 1:at + 4])


def _marked(match: re.Match[str]) -> str:
    """The test that begins with a mark."""
    return match.group(1) or f"{SUITE}{match.group(2)}"


def untangled(lines: list[str]) -> list[str]:
    """The lines, those of a report together where others were printed in between.

    Known by the caller that the kernel writes before each: other lines stay where they are.
    """
    callers = [m.group(1) if (m := _CALLER.match(line)) else "" for line in lines]
    if len(set(callers) - {""}) < 2:
        return lines
    taken, out, begun = [False] * len(lines), list[str](), 0
    for at, line in enumerate(lines):
        if taken[at]:
            continue
        out.append(line)
        if begun == MOST_BEGUN or not callers[at] or title_of(line) is None:
            continue
        begun += 1
        rest = [n for n in range(at + 1, min(at + _AMONG, len(lines)))
                if callers[n] == callers[at] and not taken[n]]
        for n in rest[:_length([plain(lines[n]) for n in rest])]:
            taken[n] = True
            out.append(lines[n])
    return out


def _length(lines: list[str]) -> int:
    """How many lines of one caller a report goes on for; 0 where no end of it is seen."""
    length = 0
    for at, line in enumerate(lines, 1):
        if length and title_of(line) is not None:
            break
        if _OVER.match(line):
            length = at
        if _END.match(line):
            break
    return length


def find(lines: list[str]) -> tuple[Splat, ...]:
    """All reports, each with the test that was running (the last mark before it)."""
    lines = untangled(lines)
    splats: list[Splat] = []
    during, at = "", 0
    while at < len(lines) and len(splats) < MAX_SPLATS:
        text = plain(lines[at])
        if match := _MARK.match(text):
            during = _marked(match)
        if (title := title_of(lines[at])) is None:
            at += 1
            continue
        if splats and splats[-1].during == during and _follows(splats[-1], title):
            start, at = at, _skipped(lines, at)
            splats[-1] = _gone_on(splats[-1], [plain(line) for line in lines[start:at]])
            continue
        start, at = at, _skipped(lines, at)
        body = [plain(line) for line in lines[start:at]]
        if _of_a_driver(title, body):
            at = start + 1
            continue
        splats.append(Splat(titles.of(title, body), "\n".join(body), during,
                            fatal=any(map(is_fatal, body))))
        during = next((_marked(m) for line in reversed(body[1:]) if (m := _MARK.match(line))),
                      during)
    return tuple(splats)
