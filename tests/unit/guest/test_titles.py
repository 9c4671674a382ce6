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


REPORTED = ["Call Trace:", " <TASK>", " dump_stack_lvl+0x1/0x2", " print_report+0x1/0x2",
            " kasan_report+0x1/0x2", " ? unsure+0x1/0x2", " __list_del_entry_valid+0x1/0x2"]


@pytest.mark.parametrize(("first", "body", "title"), [
    # what all of the kernel uses is not who is wrong
    ("BUG: KASAN: slab-use-after-free in __list_del_entry_valid+0x1/0x2",
     [*REPORTED, " ring_free+0x1/0x2", " vm_ioctl+0x1/0x2"],
     "BUG: KASAN: slab-use-after-free in __list_del_entry_valid, called by ring_free"),
    ("WARNING: CPU: 0 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2",
     ["RIP: 0010:refcount_warn_saturate+0x1/0x2", "Call Trace:", " ring_put.cold+0x1/0x2"],
     "WARNING: at lib/refcount.c:28 refcount_warn_saturate, called by ring_put.cold"),
    ("kernel BUG at net/core/skbuff.c:109!",
     ["RIP: 0010:skb_panic+0x1/0x2", "Call Trace:", " skb_put.cold+0x1/0x2", " ring_send+0x1/0x2"],
     "kernel BUG at net/core/skbuff.c:109! in skb_panic, called by ring_send"),
    ("BUG: sleeping function called from invalid context at mm/slab.h:420",
     ["Call Trace:", " dump_stack+0x1/0x2", " __might_resched.cold+0x1/0x2",
      " kmem_cache_alloc+0x1/0x2", " ring_add+0x1/0x2"],
     "BUG: sleeping function called from invalid context at mm/slab.h:420 in ring_add"),
    # no heading, and a heading of its own
    ("BUG: KMSAN: kernel-infoleak in _copy_to_user+0x1/0x2",
     [" instrument_copy_to_user include/linux/instrumented.h:121 [inline]",
      " _copy_to_user+0x1/0x2", " ring_read a/b.c:7 [inline]", " vfs_read+0x1/0x2"],
     "BUG: KMSAN: kernel-infoleak in _copy_to_user, called by ring_read"),
    ("WARNING: bad unlock balance detected!",
     ["ring/7 is trying to release lock (&a) at:", "[<ffffffff83f7ac8b>] ring_send+0x1/0x2"],
     "WARNING: bad unlock balance detected in ring_send"),
    ("WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected",
     ["ring/84 is trying to acquire:", "ffff (&a){+.+.}-{3:3}, at: f+0x1/0x2"],
     "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected in f"),
    # the stack of whoever allocated it is not the one that is asked for
    ("BUG: KASAN: use-after-free in memcpy+0x1/0x2",
     [*REPORTED[:5], " </TASK>", "Allocated by task 7:", " ring_new+0x1/0x2"],
     "BUG: KASAN: use-after-free in memcpy"),
    ("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [ring:84]",
     ["RIP: 0010:write_comp_data+0x1/0x2", *CALLS],
     "watchdog: BUG: soft lockup - stuck in write_comp_data, called by ring_wait"),
    ("unregister_netdevice: waiting for veth0 to become free. Usage count = 2", CALLS,
     "unregister_netdevice: waiting for a device to become free"),
    # kernels before 4.12
    ("general protection fault: 0000 [#1] SMP",
     ["RIP: 0010:[<ffffffff83408ca0>]  [<ffffffff83408ca0>] f+0x1/0x2"],
     "general protection fault in f"),
    ("BUG: unable to handle kernel paging request at 000000010000001a", ["IP: f+0x1/0x2"],
     "BUG: unable to handle kernel paging request in f"),
])
def test_a_helper_in_a_title_is_followed_by_who_called_it(first, body, title):
    assert titles.of(first, [first, *body]) == title


def test_a_dentry_that_is_still_used_is_told_once():
    (one,) = splat.find(["BUG: Dentry ffff888119d8a000{i=0,n=.index}  still in use (1) [unmount]",
                         "------------[ cut here ]------------",
                         "WARNING: CPU: 0 PID: 367 at fs/dcache.c:1616 umount_check+0x1/0x2",
                         "RIP: 0010:umount_check+0x1/0x2", "Call Trace:", " d_walk+0x1/0x2",
                         "---[ end trace 0 ]---"])
    assert one.title == "BUG: Dentry still in use in umount_check"


def test_where_a_warning_panics_its_trace_is_that_of_the_panic():
    console = ["WARNING: CPU: 0 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2",
               "Kernel panic - not syncing: panic_on_warn set ...", "Call Trace:",
               " panic+0x1/0x2", " __warn.cold+0x1/0x2", " refcount_warn_saturate+0x1/0x2",
               " ring_put+0x1/0x2"]
    (one,) = splat.find(console)
    assert one.title == "WARNING: at lib/refcount.c:28 refcount_warn_saturate, called by ring_put"
    assert one.fatal
    assert "ring_put" in one.text
