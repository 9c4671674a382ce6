# SPDX-License-Identifier: GPL-2.0-or-later
"""What other architectures print, what stands before lines elsewhere, and what is no report."""

import pytest

from harness.guest import splat

ARM64 = ["Modules linked in:", "CPU: 0 PID: 84 Comm: ring Not tainted 6.1.0 #1",
         "pstate: 60000005 (nZCv daif -PAN)", "pc : toy_write+0x34/0x110", "lr : toy_ioctl+0x1/0x2",
         "Call trace:", " toy_write+0x34/0x110", "---[ end trace 0000000000000000 ]---"]
RISCV = ["CPU: 0 PID: 84 Comm: ring Not tainted 6.1.0 #1", "epc : toy_write+0x34/0x110",
         " ra : toy_ioctl+0x1/0x2", "---[ end trace 0000000000000000 ]---"]
S390 = ["CPU: 0 PID: 84 Comm: ring Not tainted 6.1.0 #1",
        "Krnl PSW : 0704c00180000000 0000000000123456 (toy_write+0x34/0x110)", "Call Trace:",
        " [<0000000000123456>] toy_write+0x34/0x110 ", "---[ end trace 0000000000000000 ]---"]
POWER = ["NIP:  c000000000123456 LR: c000000000123400 CTR: 0",
         "NIP [c000000000123456] toy_write+0x34/0x110", "Call Trace:",
         "---[ end trace 0000000000000000 ]---"]
ARM = ["CPU: 0 PID: 84 Comm: ring Not tainted 6.1.0 #1", "PC is at toy_write+0x34/0x110",
       "---[ end trace 0000000000000000 ]---"]
NULL = "Unable to handle kernel NULL pointer dereference"


@pytest.mark.parametrize(("first", "rest", "title"), [
    ([f"{NULL} at virtual address 0000000000000000", "Mem abort info:",
      "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP"], ARM64, NULL),
    (["Internal error: Oops - Undefined instruction: 0000000002000000 [#1] SMP"], ARM64,
     "Internal error: Oops - Undefined instruction"),
    (["Unexpected kernel BRK exception at EL1",
      "Internal error: BRK handler: 00000000f2000001 [#1] SMP"], ARM64,
     "Internal error: BRK handler"),
    (["kernel BUG at lib/toy.c:4!", "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP"], ARM64,
     "kernel BUG at lib/toy.c:4!"),
    (["Oops - illegal instruction [#1]"], RISCV, "Oops - illegal instruction"),
    (["Oops - load access fault [#1]"], RISCV, "Oops - load access fault"),
    (["Oops - Oops - load address misaligned [#1]"], RISCV,
     "Oops - Oops - load address misaligned"),
    ([f"{NULL} at virtual address 0000000000000010", "Oops [#1]"], RISCV, NULL),
    (["kernel BUG at lib/toy.c:4!", "Kernel BUG [#1]"], RISCV, "kernel BUG at lib/toy.c:4!"),
    (["illegal operation: 0001 ilc:1 [#1] SMP "], S390, "illegal operation: 0001"),
    (["fixpoint divide exception: 0009 ilc:2 [#1] PREEMPT SMP "], S390,
     "fixpoint divide exception: 0009"),
    (["kernel BUG at lib/toy.c:4!", "monitor event: 0040 ilc:2 [#1] SMP "], S390,
     "kernel BUG at lib/toy.c:4!"),
    (["BUG: Kernel NULL pointer dereference on read at 0x00000000",
      "Oops: Kernel access of bad area, sig: 11 [#1]"], POWER,
     "BUG: Kernel NULL pointer dereference on read"),
    (["CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 8",
      "Oops[#1]:"], ["epc   : 80123456 toy_write+0x34/0x110"],
     "Unable to handle kernel paging request"),
    ([f"{NULL} at virtual address 00000000", "Internal error: Oops: 5 [#1] SMP ARM"], ARM, NULL),
])
def test_an_oops_of_any_architecture_is_one_fatal_report_with_its_place(first, rest, title):
    (one,) = splat.find(["ktap: p.a", *first, *rest, "ktap: p.b"])
    assert (one.title in {title, f"{title} in toy_write"}, one.during, one.fatal) == (
        True, "p.a", True), one.title
    if rest[0].startswith("epc   "):
        return  # mips says an address alone
    (other,) = splat.find([line.replace("toy_write", "toy_read") for line in [*first, *rest]])
    assert one.title.endswith(" in toy_write")
    assert other.title == one.title.replace("toy_write", "toy_read")


@pytest.mark.parametrize("line", [
    "watchdog: CPU 0 self-detected hard LOCKUP @ toy_spin+0x1/0x2",
    "watchdog: CPU 1 detected hard LOCKUP on other CPUs 0",
    "CPU1: Watchdog detected hard LOCKUP on cpu 0"])
def test_hard_lockups_of_others(line):
    assert len(splat.find([line, "Call Trace:"])) == 1


@pytest.mark.parametrize("before", [
    "Nov 28 05:00:00 host kernel: ", "[Sat Nov 28 05:00:00 2026] ",
    "2026-11-28T05:00:00,123456+01:00 ", "2026-11-28T05:00:00+01:00 host kernel: ",
    "<3>[    1.500000] ", "Nov 28 05:00:00 host kernel: [    1.500000] "])
def test_what_stands_before_lines_elsewhere(before):
    rows = ["BUG: sleeping function called from invalid context at lib/toy.c:4", "Call Trace:"]
    (one,) = splat.find([before + line for line in rows])
    assert one.title == rows[0]


@pytest.mark.parametrize("end", [
    "UBSAN: panic_on_warn set ...", "KFENCE: panic_on_warn set ...",
    "KCSAN: panic_on_warn set ...", "kmsan.panic set ...", "kasan.fault=panic set ..."])
def test_the_panic_that_a_sanitizer_asked_for_is_no_second_report(end):
    (one,) = splat.find(["BUG: KASAN: x in toy", "Call Trace:", "---[ end trace 0 ]---",
                         f"Kernel panic - not syncing: {end}"])
    assert (one.title, one.fatal) == ("BUG: KASAN: x in toy", True)


def test_an_oops_in_an_interrupt_is_one_report():
    (one,) = splat.find(["Oops: 0000 [#1] SMP", "Call Trace:", "---[ end trace 0 ]---",
                         "Kernel panic - not syncing: Aiee, killing interrupt handler!"])
    assert one.title == "Oops"


@pytest.mark.parametrize("other", [
    "swapper/0: page allocation failure: order:5, mode:0xcc0(GFP_KERNEL)",
    "ring invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER)", "sysrq: Show backtrace of all CPUs",
    "ring[84]: unhandled exception: DABT (lower EL), ESR 0x92000046, level 2 translation fault"])
def test_a_drivers_words_before_the_trace_of_something_else_are_no_report(other):
    rows = ["WARNING: the mand mount option is being deprecated", other,
            "CPU: 0 PID: 84 Comm: ring Not tainted 6.1.0 #1", "Call Trace:"]
    assert splat.find(rows) == ()
    assert len(splat.find([rows[0], *rows[2:]])) == 1, "a trace of its own"
