# SPDX-License-Identifier: GPL-2.0-or-later

from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guest import splat
from tests.make import DATA

CONSOLE = DATA / "console"


def lines(name):
    return (CONSOLE / name).read_text("utf-8", "replace").splitlines()


def test_a_real_use_after_free_is_named_with_its_test_and_function():
    found, again = splat.find(lines("use_after_free.log"))
    assert again.during == found.during, "the same process oopses once more while it is torn down"
    assert found.during == "unregister.wrong_bus_leaves_a_pio_zone"
    assert "use after free" in found.title
    assert found.title.endswith("in __kvm_io_bus_write")
    assert "0x" not in found.title.replace("0x6b", "")


def test_each_report_is_its_own_and_knows_its_test():
    warning, panic = splat.find(lines("warning_between_tests.log"))
    assert (warning.title, warning.during) == (
        "WARNING: at virt/kvm/kvm_main.c:100 kvm_run", "ring.last")
    assert panic.title.startswith("Kernel panic - not syncing: Fatal exception")
    assert panic.during == "ring.next"
    assert "end trace" in warning.text
    assert "panic" not in warning.text


def test_what_is_fatal():
    assert splat.is_fatal("[    1.0] Oops: 0000 [#1] SMP")
    assert splat.is_fatal("BUG: unable to handle page fault for address: ffff")
    assert not splat.is_fatal("[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1")
    assert not splat.is_fatal("BUG: sleeping function called from invalid context")
    assert splat.is_panic("[ 1.0] Kernel panic - not syncing: x")
    assert not splat.is_panic("# ok Kernel panic")


LINES = st.one_of(st.text(max_size=60), st.sampled_from(
    ["WARNING: at x", "Oops: 0000", "ktap: p.a", "---[ end trace 0 ]---", "RIP: 0010:f+0x1/0x2"]))


@given(st.lists(LINES, max_size=30))
def test_any_console_is_read_and_no_line_is_in_two_reports(console):
    found = splat.find(console)
    assert sum(s.text.count("WARNING: at x") for s in found) == "\n".join(
        console).count("WARNING: at x")
    assert {s.during for s in found} <= {"", "p.a"}


FATAL = [
    "Kernel panic - not syncing: x", "BUG: unable to handle page fault for address: 0",
    "BUG: KASAN: x",
    "kernel BUG at mm/slub.c:1!", "Oops: 0000 [#1] SMP", "Oops - BUG: 0", "divide error: 0000 [#1]",
    "general protection fault, probably for x", "Unable to handle kernel paging request",
    "stack segment: 0000", "invalid opcode: 0000 [#1]", "double fault: 0000 [#1]",
]
BAD = [
    "WARNING: CPU: 0 PID: 1 at a.c:1 f", "BUG: sleeping function called", "BUG: scheduling while x",
    "watchdog: BUG: soft lockup", "INFO: task a:1 blocked for more than 120 seconds.",
    "INFO: rcu_sched detected stalls on", "rcu: INFO: rcu_preempt self-detected stall on CPU",
    "unregister_netdevice: waiting for lo",
]


@pytest.mark.parametrize("line", FATAL + BAD)
@pytest.mark.parametrize("stamp", ["", "[    1.5] ", "[   12.000001][   T42] "])
def test_what_begins_a_report(line, stamp):
    assert splat.title_of(f"{stamp}{line}\r\n") == line
    assert splat.is_fatal(stamp + line) == (line in FATAL)
    assert splat.is_panic(stamp + line) == line.startswith("Kernel panic")


@pytest.mark.parametrize("line", [
    "", "random: crng init done", "a BUG: x", "INFO: task a:1 is fine", "ok 1 WARNING: at x",
    "---[ end trace 0 ]---", "[ 1.0] x Kernel panic - not syncing", "debugging: Oops",
])
def test_what_begins_none(line):
    assert splat.title_of(line) is None
    assert splat.find([line]) == ()


def test_the_end_of_a_panic_is_one_though_its_beginning_was_not_seen():
    assert splat.is_panic("[ 1.0] ---[ end Kernel panic - not syncing: x ]---")


def title(*rows):
    (found,) = splat.find(list(rows))
    return found.title


@pytest.mark.parametrize(("one", "two", "words"), [
    ("BUG: unable to handle page fault for address: ffff888012345678",
     "BUG: unable to handle page fault for address: ffff99990000abcd",
     "BUG: unable to handle page fault"),
    ("WARNING: CPU: 1 PID: 30 at a.c:100 f+0x10/0x20",
     "WARNING: CPU: 0 PID: 7 at a.c:100 f+0x14/0x30", "WARNING: at a.c:100 f"),
    ("Oops: 0000 [#1] SMP PTI", "Oops: 0000 [#2] SMP", "Oops"),
    ("general protection fault, probably for non-canonical address 0x1ea0000000000: 0000 [#1] SMP",
     "general protection fault, probably for non-canonical address 0xdead000000000: 0000 [#1] SMP",
     "general protection fault"),
    ("BUG: Bad page state 0123456789abcdef", "BUG: Bad page state fedcba9876543210",
     "BUG: Bad page state"),
])
def test_a_title_is_the_same_from_boot_to_boot(one, two, words):
    assert title(one) == title(two)
    assert title(one).startswith(words)


def test_a_title_names_the_function_once():
    assert title("Oops: 0000 [#1]", "x", "RIP: 0010:kvm_run+0x10/0x20").endswith("in kvm_run")
    assert title("Oops: 0000", "RIP: 0010:one.cold+0x1/0x2", "RIP: 0010:two+0x1/0x2").endswith(
        "in one.cold")
    assert title("WARNING: CPU: 1 PID: 3 at a.c:1 f+0x1/0x2", "RIP: 0010:f+0x1/0x2").count("f") == 1
    assert title("Oops: x", "RIP: 0033:0x401000") == "Oops: x"


@pytest.mark.parametrize(("pointer", "poisoned"), [
    ("6b6b6b6b6b6b6b6b", True), ("6b6b6b6b6b6b6b73", True), ("6b6b6b6b00000000", False)])
def test_the_poison_of_a_freed_object_is_told(pointer, poisoned):
    assert ("use after free" in title("Oops: 0000", f"RAX: {pointer}")) == poisoned


def test_a_long_title_is_cut():
    assert len(title(f"WARNING: possible {'word ' * 100}")) <= 120


def test_a_report_goes_to_its_end_trace():
    one, two = splat.find(["WARNING: at one", "a", "---[ end trace 0 ]---", "between",
                           "WARNING: at two"])
    assert one.text.splitlines() == ["WARNING: at one", "a", "---[ end trace 0 ]---"]
    assert two.text == "WARNING: at two"


def test_a_report_ends_where_the_next_test_begins():
    one, two = splat.find(["ktap: p.a", "[ 1.0] BUG: sleeping function", "[ 1.0] trace",
                           "[ 2.0] ktap: p.b", "WARNING: at x"])
    assert (one.during, one.text.splitlines()) == ("p.a", ["BUG: sleeping function", "trace"])
    assert two.during == "p.b"


def test_an_oops_has_several_first_lines_and_is_one_report():
    (found,) = splat.find(["BUG: unable to handle page fault", "Oops: 0000 [#1]", "x"])
    assert len(found.text.splitlines()) == 3


def test_a_report_without_an_end_is_cut():
    (found,) = splat.find(["WARNING: at x", *(f"line {n}" for n in range(200))])
    assert found.text.splitlines()[-1] == "line 58"


def test_reports_have_a_cap():
    assert len(splat.find(["WARNING: at x", "---[ end trace 0 ]---"] * 300)) == splat.MAX_SPLATS


def test_before_the_first_test_no_test_is_to_blame():
    assert [s.during for s in splat.find(["WARNING: at x"])] == [""]


TRACE = ["Call Trace:", " <TASK>", " dump_stack+0x1/0x2", " </TASK>"]
OLD_TRACE = ["Call Trace:", " dump_stack+0x1/0x2", "RIP: 0033:0x1"]


@pytest.mark.parametrize("trace", [TRACE, OLD_TRACE])
@pytest.mark.parametrize("second", ["WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2",
                                    "Kernel panic - not syncing: Fatal exception"])
def test_a_second_report_is_not_swallowed_by_one_without_an_end(trace, second):
    found = splat.find(["BUG: sleeping function called from invalid context at a.c:1", *trace,
                        second, *trace])
    assert len(found) == 2
    assert found[1].text.startswith(second)


def test_a_cut_begins_a_report():
    found = splat.find(["BUG: sleeping function called at a.c:1", "in_atomic(): 1",
                        "------------[ cut here ]------------", "WARNING: CPU: 0 at b.c:2"])
    assert [s.title.split(":")[0] for s in found] == ["BUG", "WARNING"]


def test_what_belongs_to_an_oops_stays_with_it():
    lines = ["BUG: kernel NULL pointer dereference, address: 0000000000000000",
             "#PF: supervisor read access", "Oops: 0000 [#1] PREEMPT SMP", "RIP: 0010:f+0x1/0x2",
             *TRACE, "---[ end trace 0000000000000000 ]---"]
    assert len(splat.find(lines)) == 1


OLD = ["BUG: sleeping function called from invalid context at a.c:1", "Call Trace:",
       " dump_stack+0x1/0x2", " ret_from_fork+0x1f/0x30"]


def test_a_report_right_behind_an_unmarked_trace_has_its_own_title():
    found = splat.find([*OLD, "BUG: unable to handle kernel NULL pointer dereference at 0000",
                        "PGD 0 P4D 0", "Oops: 0000 [#1] SMP", "RIP: 0010:new_bug+0x1/0x2"])
    assert [s.title.split()[1] for s in found] == ["sleeping", "unable"]
    assert [s.fatal for s in found] == [False, True]


def test_hung_tasks_and_the_panic_after_them():
    hung = ["INFO: task a:1 blocked for more than 120 seconds.", "Call Trace:", " schedule+0x1/0x2"]
    other = ["INFO: task b:77 blocked for more than 120 seconds.", *hung[1:]]
    (one,) = splat.find([*hung, *other, "Kernel panic - not syncing: hung_task: blocked tasks"])
    assert (one.title, one.fatal) == ("INFO: task a blocked for more than 120 seconds.", True)
    assert "INFO: task b:77" in one.text


TRACE = [" dump_stack_lvl+0x1/0x2", "RIP: 0010:toy_write+0x34/0x110", "Call Trace:", " <TASK>",
         " toy_ioctl+0x1/0x2", " </TASK>"]


@pytest.mark.parametrize(("first", "title"), [
    ("BUG kmalloc-64 (Not tainted): Poison overwritten", "BUG kmalloc-64: Poison overwritten"),
    ("BUG toy_cache (Tainted: G    B   W        ): Redzone overwritten",
     "BUG toy_cache: Redzone overwritten"),
    ("BUG kmalloc-rnd-01-96 (Not tainted): Object already free",
     "BUG kmalloc-rnd-01-96: Object already free"),
    ("UBSAN: shift-out-of-bounds in lib/toy.c:90:2",
     "UBSAN: shift-out-of-bounds in lib/toy.c:90:2"),
    ("NMI watchdog: Watchdog detected hard LOCKUP on cpu 0",
     "NMI watchdog: Watchdog detected hard LOCKUP"),
    ("watchdog: Watchdog detected hard LOCKUP on cpu 1",
     "watchdog: Watchdog detected hard LOCKUP"),
    ("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [toy:123]",
     "watchdog: BUG: soft lockup - stuck"),
    ("BUG: soft lockup - CPU#0 stuck for 26s! [toy:9]", "BUG: soft lockup - stuck"),
    ("rcu: INFO: rcu_preempt self-detected stall on CPU",
     "rcu: INFO: rcu_preempt self-detected stall on CPU"),
    ("INFO: rcu_sched detected stalls on CPUs/tasks:",
     "INFO: rcu_sched detected stalls on CPUs/tasks"),
    ("INFO: task toy:123 blocked for more than 120 seconds.",
     "INFO: task toy blocked for more than 120 seconds."),
    ("INFO: task toy:7 can't die for more than 143 seconds.",
     "INFO: task toy can't die for more than 143 seconds."),
    (("unchecked MSR access error: WRMSR to 0x1b (tried to write 0x0000000000000000) at rIP: "
     "0xffffffff81041cd4 (native_write_msr+0x4/0x20)"),
     "unchecked MSR access error: WRMSR to 0x1b in native_write_msr"),
    ("BUG: KCSAN: data-race in toy_write / toy_read",
     "BUG: KCSAN: data-race in toy_write / toy_read"),
    ("BUG: KFENCE: out-of-bounds read in toy_write+0x1/0x2",
     "BUG: KFENCE: out-of-bounds read in toy_write"),
    ("BUG: KASAN: slab-use-after-free in toy_write+0x1/0x2",
     "BUG: KASAN: slab-use-after-free in toy_write"),
    ("WARNING: possible circular locking dependency detected",
     "WARNING: possible circular locking dependency detected"),
    ("WARNING: inconsistent lock state", "WARNING: inconsistent lock state"),
    ("WARNING: suspicious RCU usage", "WARNING: suspicious RCU usage"),
    ("WARNING: bad unlock balance detected!", "WARNING: bad unlock balance detected!"),
    ("[ BUG: bad unlock balance detected! ]", "BUG: bad unlock balance detected!"),
    ("INFO: possible recursive locking detected", "INFO: possible recursive locking detected"),
    ("INFO: trying to register non-static key.", "INFO: trying to register non-static key."),
    ("kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
     "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"),
    ("pagealloc: memory corruption", "pagealloc: memory corruption"),
    ("divide_error: 0000 [#1] PREEMPT SMP", "divide_error"),
    ("Oops: divide error: 0000 [#1] SMP", "Oops: divide error"),
    ("BUG: using smp_processor_id() in preemptible [00000000] code: toy/6792",
     "BUG: using smp_processor_id() in preemptible"),
    ("VFS: Busy inodes after unmount of sda. Self-destruct in 5 seconds.  Have a nice day...",
     "VFS: Busy inodes after unmount of sda. Self-destruct in 5 seconds. Have a nice day..."),
])
def test_each_kind_of_report_is_one_with_its_title(first, title):
    console = ["ktap: p.a", "=" * 60, first, *TRACE, "-" * 40, "and a word", "ktap: p.b"]
    stamped = [f"[   10.{n:06}] {line}" for n, line in enumerate(console)]
    called = [f"<4>[   10.{n:06}][  T84] {line}" for n, line in enumerate(console)]
    for text in (console, stamped, called):
        (one,) = splat.find(text)
        assert one.title in {title, f"{title} in toy_write", f"{title.rstrip('.!')} in toy_ioctl"}
        assert one.during == "p.a"


@pytest.mark.parametrize("line", [
    "login: [   16.305150] BUG: toy", "** 5 printk messages dropped ** [   16.305150] BUG: toy",
    "[   44.381969][    C4]  BUG: toy", "[   1.000000] toy: 34 bytes[   76.471107] BUG: toy"])
def test_what_stood_before_a_report_on_its_line_hides_it_not(line):
    (one,) = splat.find([line, "[   77.000000] Call Trace:"])
    assert one.title == "BUG: toy"


@pytest.mark.parametrize(("first", "end"), [
    ("WARNING: CPU: 0 PID: 1 at toy.c:3 toy+0x1/0x2", "panic_on_warn set ..."),
    ("WARNING: CPU: 0 PID: 1 at toy.c:3 toy+0x1/0x2", "kernel: panic_on_warn set ..."),
    ("BUG: KASAN: x in toy", "KASAN: panic_on_warn set ..."),
    ("watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [a:1]", "softlockup: hung tasks"),
    ("NMI watchdog: Watchdog detected hard LOCKUP on cpu 0", "Hard LOCKUP"),
    ("rcu: INFO: rcu_sched self-detected stall on CPU", "RCU Stall"),
    ("Oops: 0000 [#1] SMP", "Fatal exception in interrupt"),
    ("general protection fault: 0000 [#1] SMP", "Fatal exception"),
])
def test_the_panic_because_of_a_report_is_no_second_one(first, end):
    (one,) = splat.find([first, *TRACE, f"Kernel panic - not syncing: {end}"])
    assert one.fatal
    assert "Kernel panic" not in one.title
    assert "Kernel panic" in one.text


@pytest.mark.parametrize(("first", "end"), [
    ("WARNING: CPU: 0 PID: 1 at toy.c:3", "Fatal exception"),
    ("BUG: sleeping function called from invalid context", "hung_task: blocked tasks"),
    ("Oops: 0000 [#1] SMP", "VFS: Unable to mount root fs")])
def test_a_panic_for_another_reason_is_one_of_its_own(first, end):
    assert len(splat.find([first, *TRACE, f"Kernel panic - not syncing: {end}"])) == 2


def test_what_the_unwinder_says_is_no_report_of_its_own():
    trace = ["WARNING: kernel stack frame pointer at 0 in a:1 has bad value 0", " x+0x1/0x2"]
    assert len(splat.find([*OLD, *trace])) == 1


TWO = [
    (["BUG: KCSAN: data-race in a / b", "race at unknown origin", "=" * 20],
     ["BUG: KCSAN: data-race in c / d"]),
    (["BUG: KFENCE: out-of-bounds read in f", "x"], ["BUG: KASAN: x in g", "Call Trace:"]),
    (["kmemleak: 1 new suspected memory leaks (see /x)", "usb 1-1: new"],
     ["BUG: KASAN: x in g", "RIP: 0010:g+0x1/0x2"]),
    (["unregister_netdevice: waiting for lo"], ["BUG: sleeping function called"]),
    (["BUG: Bad rss-counter state"], ["BUG: non-zero pgtables_bytes"]),
    (["WARNING: CPU: 0 PID: 1 at x.c:3 f", "Call trace:", " f+0x1/0x2"], ["BUG: KASAN: x in g"]),
]


@pytest.mark.parametrize(("first", "second"), TWO)
def test_a_report_without_a_trace_does_not_swallow_the_next(first, second):
    one, two = splat.find([*first, *second])
    assert first[0].split(":")[0] in one.title
    assert second[0] not in one.text
    assert second[0] in two.text


@pytest.mark.parametrize("lines", [
    ["BUG: unable to handle page fault for address: 0", "#PF: x", "Oops: 0000 [#1] SMP"],
    ["kernel BUG at a.c:1!", "invalid opcode: 0000 [#1] SMP"],
    ["kernel BUG at a.c:1!", "Oops: invalid opcode: 0000 [#1] SMP"],
    ["kernel tried to execute NX-protected page", "BUG: unable to handle page fault"],
    ["int3: 0000 [#1] SMP"], ["watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1"],
])
def test_what_die_says_is_one_report(lines):
    (one,) = splat.find([*lines, "RIP: 0010:toy_fn+0x1/0x2", "Call Trace:", " f+0x1/0x2"])
    assert one.title.endswith("in toy_fn")


def test_a_long_line_takes_no_longer_than_others():
    (one,) = splat.find(["WARNING: at a" + " " * 300_000 + "b"])
    assert one.title == "WARNING: at a"


@pytest.mark.parametrize(("rows", "titles"), [
    # no report without a trace, and one with it
    (["WARNING: workqueue cpumask: online intersect > possible intersect"], []),
    (["WARNING: the mand mount option has been deprecated", "and is ignored"], []),
    (["WARNING: odd thing", "Call Trace:", " f+0x1/0x2"], ["WARNING: odd thing in f"]),
    (["ODEBUG: selftest passed"], []), (["ODEBUG: Out of memory. ODEBUG disabled"], []),
    (["BUG L2TP/IP (Tainted: G    B     ): Poison overwritten"], [
        "BUG L2TP/IP: Poison overwritten"]),
    (["BUG gfs2_glock(aspace) (Not tainted): Object already free"], [
        "BUG gfs2_glock(aspace): Object already free"]),
    # two CPUs at once
    (["WARNING: CPU: 0 PID: 8 at a.c:1 f+0x1/0x2", "WARNING: CPU: 1 PID: 9 at b.c:2 g+0x1/0x2",
      "RIP: 0010:f+0x1/0x2", "RIP: 0010:g+0x1/0x2"],
     ["WARNING: at a.c:1 f", "WARNING: at b.c:2 g"]),
])
def test_how_many_reports_there_are(rows, titles):
    assert [s.title for s in splat.find(rows)] == titles


@pytest.mark.parametrize(("rows", "title"), [
    (["WARNING: a.c:12 at f+0x1/0x2, CPU#{c}: ring/{p}"], "WARNING: a.c:12 at f"),
    (["BUG: scheduling while atomic: ring/{p}/0x0000000{c}"], "BUG: scheduling while atomic"),
    (["BUG: spinlock bad magic on CPU#{c}, ring/{p}"], "BUG: spinlock bad magic"),
    (["WARNING: ring/{p} still has locks held!"], "WARNING: a process still has locks held!"),
    (["BUG: workqueue leaked lock or atomic: kworker/0:{c}/0x00000000/{p}"],
     "BUG: workqueue leaked lock or atomic"),
    (["BUG: Bad page state in process ring  pfn:10{p}"], "BUG: Bad page state"),
    (["BUG: workqueue lockup - pool cpus={c} node=0 flags=0x0 nice=0 stuck for 3{c}s!"],
     "BUG: workqueue lockup"),
    (["INFO: task kworker/{c}:1:{p} blocked for more than 143 seconds."],
     "INFO: task kworker blocked for more than 143 seconds."),
    (["unregister_netdevice: waiting for veth{c} to become free. Usage count = {p}"],
     "unregister_netdevice: waiting for a device to become free"),
    (["BUG kmalloc-64 (Not tainted): Padding overwritten. 0x{p} @offset={p}"],
     "BUG kmalloc-64: Padding overwritten."),
    # an interrupt: what was interrupted is another function each time
    (["UBSAN: shift-out-of-bounds in a.c:1:2", "RIP: 0010:idle{c}+0x1/0x2"],
     "UBSAN: shift-out-of-bounds in a.c:1:2"),
    (["BUG: KASAN: use-after-free in f [toy]", "RIP: 0010:idle{c}+0x1/0x2"],
     "BUG: KASAN: use-after-free in f [toy]"),
    (["rcu: INFO: rcu_preempt self-detected stall on CPU", "RIP: 0010:loop+0x1/0x2"],
     "rcu: INFO: rcu_preempt self-detected stall on CPU in loop"),
])
def test_what_is_another_one_at_each_boot_is_in_no_title(rows, title):
    for c, p in ((0, 84), (1, 1317)):
        (one,) = splat.find([row.format(c=c, p=p) for row in rows])
        assert one.title == title


def test_a_page_fault_goes_on_behind_a_mark_and_the_next_test_is_not_to_blame():
    found = splat.find([
        "ktap: p.a", "BUG: unable to handle page fault for address: 00000000000000ff", "ktap: p.b",
        "Oops: 0000 [#1] SMP", "RIP: 0010:toy+0x1/0x2", "---[ end trace 0 ]---", "WARNING: at x"])
    assert [(s.title, s.during) for s in found] == [
        ("BUG: unable to handle page fault in toy", "p.a"), ("WARNING: at x", "p.b")]


@pytest.mark.parametrize(("line", "fatal"), [
    ("BUG: using smp_processor_id() in preemptible [00000000] code: ring/84", False),
    ("BUG: workqueue lockup - pool", False), ("BUG: MAX_LOCK_DEPTH too low!", False),
    ("BUG: unable to handle page fault", True), ("BUG: KASAN: use-after-free in f", True)])
def test_after_some_the_kernel_goes_on(line, fatal):
    assert splat.is_fatal(line) is fatal


def printed(caller, text):
    return [f"[    1.{n:06}][ {caller:>5}] {line}" for n, line in enumerate(text.splitlines())]


ONE = """BUG: KASAN: use-after-free in one_function+0x12/0x30
Read of size 8 at addr ffff888100000000 by task a/11
Call Trace:
 <TASK>
 one_function+0x12/0x30
 </TASK>"""
TWO = """------------[ cut here ]------------
WARNING: CPU: 1 PID: 12 at mm/two.c:9 two_function+0x9/0x10
RIP: 0010:two_function+0x9/0x10
Call Trace:
 <TASK>
 other_function+0x2/0x30
 </TASK>
---[ end trace 0000000000000000 ]---"""


def both(one, two):
    """The lines of two callers in turns; what is left of the longer one at the end."""
    rows = [line for pair in zip_longest(one, two) for line in pair if line]
    assert sorted(rows) == sorted([*one, *two])
    return rows


@pytest.mark.parametrize("callers", [("T11", "T12"), ("C0", "C1"), ("T11", "C1")])
def test_reports_of_two_cpus_that_were_printed_at_once(callers):
    one, two = (printed(c, t) for c, t in zip(callers, (ONE, TWO), strict=True))
    for rows in (both(one, two), both(two, one)):
        found = sorted(splat.find(rows), key=lambda s: s.title)
        assert [s.title for s in found] == [
            splat.find(printed("T1", text))[0].title for text in (ONE, TWO)]
        assert "two_function" not in found[0].text
        assert "one_function" not in found[1].text


def test_what_others_print_comes_behind_a_report():
    (found,) = splat.find(both(printed("T11", ONE), printed("T12", "eth0: link up")))
    assert found.text.startswith(ONE)


def test_lines_without_an_end_stay_where_they_are():
    rows = both(printed("T11", ONE.partition("Call")[0]), printed("T12", "a\nb"))
    assert splat.untangled(rows) == rows
    assert splat.untangled(printed("T11", ONE)) == printed("T11", ONE)


@given(st.lists(st.sampled_from([*printed("T11", ONE), *printed("T12", TWO), "x", *printed(
    "C3", "BUG: a\n </TASK>")]), max_size=40))
def test_no_line_is_lost_or_made_up(rows):
    assert sorted(splat.untangled(rows)) == sorted(rows)


def test_a_guest_that_begins_reports_without_end_costs_no_more_than_so_many(monkeypatch):
    asked = []
    monkeypatch.setattr(splat, "_length", lambda rest: asked.append(len(rest)) or 0)
    rows = both(*(printed(caller, "\n".join(["BUG: x"] * 2000)) for caller in ("T1", "T2")))
    assert splat.untangled(rows) == rows
    assert len(asked) == splat.MOST_BEGUN
