# SPDX-License-Identifier: GPL-2.0-or-later
"""What a title says of a report, and what it leaves out."""

import pytest

from harness.guest import splat, titles

CALLS = ["Call Trace:", " <TASK>", " __schedule+0x2e/0x930", " schedule+0x5a/0xd0",
         " ? unsure+0x1/0x2", " ring_wait+0x10/0x40", " vm_ioctl+0x1/0x2", " </TASK>"]


@pytest.mark.parametrize(("first", "body", "title"), [
    ("BUG: unable to handle page fault for address: ffffc90000abc000", ["RIP: 0010:f+0x1/0x2"],
     "BUG: unable to handle page fault in f"),
    ("BUG: unable to handle kernel paging request at ffffc90000abc000", ["RIP: 0010:f+0x1/0x2"],
     "BUG: unable to handle kernel paging request in f"),
    ("PANIC: double fault, error_code: 0x0", ["RIP: 0010:f+0x1/0x2"], "PANIC: double fault in f"),
    ("unchecked MSR access error: RDMSR from 0x122 at rIP: 0xffffffff81041cd4 (read_msr+0x4/0x20)",
     [], "unchecked MSR access error: RDMSR from 0x122 in read_msr"),
    ("Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b", [],
     "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b"),
    ("WARNING: lib/refcount.c:19 at 0x0, CPU#1: ring/84", ["RIP: 0010:refcount_warn+0x1/0x2"],
     "WARNING: lib/refcount.c:19 in refcount_warn"),
    ("WARNING: lib/refcount.c:19 at refcount_warn+0x1/0x2, CPU#1: ring/84",
     ["RIP: 0010:refcount_warn+0x1/0x2"], "WARNING: lib/refcount.c:19 at refcount_warn"),
    ("ODEBUG: free active (active state 0) object: ffff8880 object type: timer_list hint: 0x0", [],
     "ODEBUG: free active (active state 0) object type: timer_list"),
    ("WARNING: possible circular locking dependency detected",
     ["ring/84 is trying to acquire lock:", "ffff (&a){+.+.}-{3:3}, at: f+0x1/0x2",
      "but task is already holding lock:", "ffff (&b){+.+.}-{3:3}, at: g+0x1/0x2"],
     "WARNING: possible circular locking dependency detected in f"),
    ("WARNING: suspicious RCU usage", ["virt/a.c:77 suspicious rcu_dereference_check() usage!"],
     "WARNING: suspicious RCU usage in virt/a.c"),
    ("BUG: using smp_processor_id() in preemptible [00000000] code: ring/84",
     ["caller is f+0x1/0x2"], "BUG: using smp_processor_id() in preemptible in f"),
    ("INFO: task kworker/0:1:84 blocked for more than 120 seconds.", CALLS,
     "INFO: task kworker blocked for more than 120 seconds in ring_wait"),
    ("BUG: scheduling while atomic: ring/84/0x00000002", CALLS,
     "BUG: scheduling while atomic in ring_wait"),
    ("BUG: scheduling while atomic: ring/84/0x00000002", CALLS[:4], "BUG: scheduling while atomic"),
])
def test_what_a_title_says(first, body, title):
    assert titles.of(first, [first, *body]) == title


@pytest.mark.parametrize("oops", [
    ["BUG: unable to handle page fault for address: 0", "RIP: 0010:f+0x1/0x2"],
    ["divide error: 0000 [#1] SMP", "RIP: 0010:f+0x1/0x2"],
    ["Oops: int3: 0000 [#1] SMP", "RIP: 0010:f+0x1/0x2"]])
def test_the_words_of_a_driver_do_not_hide_what_follows(oops):
    (one,) = splat.find(["WARNING: qxl: using old firmware", "and more", *oops])
    assert one.title.endswith(" in f")
    assert one.fatal


@pytest.mark.parametrize("first", [
    "unregister_netdevice: waiting for veth0 to become free. Usage count = 2",
    "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [ring:84]"])
def test_what_is_said_again_is_one_report(first):
    (one,) = splat.find([first, *CALLS, first, *CALLS, first])
    assert one.text.count(first[:20]) == 3


@pytest.mark.parametrize("line", [
    "BUG: KCSAN: data-race in f / g", "BUG: KMSAN: uninit-value in f",
    "BUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:2",
    "BUG: non-zero pgtables_bytes on freeing mm: 4096"])
def test_a_complaint_that_leaves_the_kernel_sound_ends_no_guest(line):
    assert not splat.is_fatal(line)
