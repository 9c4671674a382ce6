# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose code a kernel's trace is about: the first call that is not a helper of everybody's. Pure.

The function in which a kernel notices something is often one that all of it uses: a lock, a list,
the allocator, the report itself. Two crashes with only that in common are not one crash.
"""

from __future__ import annotations

import re

# "f+0x1/0x2", with an address before it in older kernels; behind scripts/decode_stacktrace.sh
# "f (mm/a.c:1)" and "f mm/a.c:1 [inline]" too. What "? " stands before may not have been called.
_CALL = re.compile(r"^\s*(?:\[<[0-9a-f]+>\] )?"
                   r"(\w[\w.]*)(?:\+0x[0-9a-f]+/0x| \(?[\w./+-]+\.[chS]:\d+\)?(?: |$))")
_BEGINS = re.compile(r"^\s*(?:call trace:|stack backtrace:|backtrace\b.*:|<\w+>$)|\bat:$",
                     re.IGNORECASE)
# Reports whose trace begins without a heading (mm/kmsan/report.c, mm/kfence/report.c)
_AT_ONCE = re.compile(r"BUG: K(?:MSAN|FENCE): ")
_ENDS = re.compile(r"^\s*(?:Allocated by|Freed by|Last potentially|Uninit was|The buggy|"
                   r"Code: |Modules linked|---\[ end|Kernel panic|Memory state|RIP: 0033:|"
                   r"Showing all locks|ret_from_fork|entry_SYSCALL)")
# What says that something is wrong, and how it got there.
_REPORTS = (
    r"_*dump_(?:stack|backtrace)\w*|__stack_chk_fail|handle_overflow|show_\w*(?:stack|trace|regs)\w*|print_\w+|_?v?printk\w*|_*warn\w*|report_bug|"
    r"fixup_bug|handle_bug|do_error_trap|do_trap|do_invalid_op|invalid_op|(?:asm_)?exc_\w+|"
    r"_*die\w*|oops_\w+|no_context|__bad_area\w*|do_user_addr_fault|(?:do_)?page_fault\w*|"
    r"(?:__)?do_page_fault|kernelmode_fixup\w*|general_protection|error_(?:entry|exit)|"
    r"do_general_protection|panic|spin_(?:bug|dump)|rwlock_bug|bad_page|object_err|slab_err|"
    r"slab_bug|slab_fix|bug_at|__?might_\w+|___might_\w+|might_\w+|handle_\w*fault\w*|"
    r"check_preemption_disabled|__this_cpu_preempt_check|debug_smp_processor_id|"
    r"__fortify_\w+|fortify_\w+|skb_(?:over_|under_)?panic|usercopy_\w+|__check_(?:object|heap)\w*|"
    r"assertfail\w*|nmi_\w+|watchdog_\w+|end_report|describe_\w+|__report_\w+|refcount_\w+")
_SANITIZERS = (
    r"_*k[acm]san_\w+|__[amt]san_\w+|_*ubsan_\w+|__sanitizer_\w+|write_comp_data|kfence_\w+|"
    r"check_(?:memory_)?region\w*|memory_is_\w+|bytes_is_\w+|qlist_\w+|stack_trace_\w+|save_\w*stack\w*|"
    r"_*unwind_\w+|arch_stack_walk|walk_stackframe|stack_?depot_\w+|depot_\w+|debug_(?:object|print|check|lockdep)_\w+|"
    r"__debug_\w+|ref_tracker_\w+|_*ODEBUG\w*|object_is_on_stack")
_LOCKS = (
    r"_*(?:do_)?raw_(?:spin|read|write)_\w+|_*(?:spin|read|write)_(?:un|try)?lock\w*|"
    r"_*(?:rt_|ww_)?mutex_\w+|_*(?:down|up)_(?:read|write|try)\w*|down|up|_*rwsem_\w+|osq_\w+|"
    r"(?:native_|pv_)?(?:pv_)?queued_\w+|_*lock_(?:acquire|release|is_held|downgrade|sock_nested)\w*|"
    r"lockdep_\w+|register_lock_class|mark_(?:lock|held|usage)\w*|validate_chain|valid_state|"
    r"check_(?:prev|deadlock|noncircular|chain|usage|irq|wait)\w*|look_up_lock_class|"
    r"assign_lock_key|hlock_class|__lock_\w+|rcu_(?:read_lock|lockdep|is_watching|dynticks)\w*|"
    r"_*local_bh_\w+|_*percpu_down\w*|seqprop\w*|__seqprop\w*|ldsem_\w+|bit_spin_\w+|try_to_take_\w+|"
    r"trace_\w+|perf_trace_\w+|preempt_\w+|ftrace_\w+|warn_bogus_\w+")
_DATA = (
    r"_*list_\w+|_*h?list_(?:add|del)\w*|klist_\w+|_*rb_\w+|idr_\w+|ida_\w+|xas?_\w+|radix_tree_\w+|"
    r"_*rht_\w+|_*rhashtable_\w+|kref_\w+|(?:raw_|arch_|generic_)*atomic\w*|_atomic_\w+|instrument_\w+|"
    r"_*(?:arch_|constant_|variable_)*(?:test|set|clear|change)_\w*bit\w*|_*read_once\w*|"
    r"_*mem(?:cpy|set|move|cmp|scan|chr)\w*|strn?l?s?(?:cpy|cat|cmp|len|str|chr|casecmp|sep|dup)\w*|"
    r"_*copy_(?:to|from|in|user|mc|page)\w*|_copy_\w+|raw_copy_\w+|csum_partial\w*|crc\w+|hex_dump_\w+|"
    r"_*(?:get|put)_user\w*|strncpy_from_user|v?s[nc]*printf|string|number|vsnprintf|"
    r"skb_(?:put|push|pull)|__skb_(?:put|pull)\w*|find_\w*bit\w*|__phys_addr\w*|prandom_\w+|"
    r"hash_\w+|bitmap_\w+|static_key_\w+|jump_label_\w+|kobject_\w+|sysfs_\w+|add_uevent_var|"
    r"__x86_indirect_thunk_\w+")
_MEMORY = (
    r"k[mzcv]+alloc\w*|_*do_kmalloc\w*|_*k[mz]alloc\w*|kv?z?free\w*|kfree_\w+|_*kmem_cache_\w+|"
    r"_*slab_\w+|new_slab|allocate_slab|_*alloc_(?:pages?|frozen|skb)\w*|_*alloc_(?:slab|debug)\w*|"
    r"get_page_from_freelist|prep_\w+page\w*|post_alloc_hook|_*vmalloc\w*|_*vzalloc\w*|kvmalloc\w*|"
    r"krealloc\w*|__do_krealloc|kmemdup\w*|kstrdup\w*|check_(?:slab|object|bytes)\w*|free_debug\w*|on_freelist|"
    r"alloc_debug\w*|free_(?:unref_)?pages?\w*|__free_pages\w*|free_pcp\w*|do_slab_\w+|cache_\w+|ksize|"
    r"should_failslab|__should_fail\w*|should_fail\w*|fail_dump|kasprintf|kvasprintf|folio_(?:un)?lock|"
    r"build_skb|skb_release_data|memdup_user\w*|vmemdup_user")
_SLEEPS = (
    r"_*schedule\w*|io_schedule\w*|context_switch|__switch_to\w*|bit_wait\w*|_*wait_(?:on|for)_\w+|"
    r"out_of_line_\w+|do_wait_\w+|prepare_to_\w+|finish_wait\w*|rcu_barrier\w*|kthread_stop|"
    r"_*flush_work\w*|__cancel_work\w*|synchronize_\w+|_*wake_up\w*|try_to_wake_up|default_wake_\w+|"
    r"autoremove_wake_\w+|pollwake|ep_poll_callback|try_invoke_on_\w+")
# What calls, and is nobody's either: behind it there is no culprit.
_ENTRY = (
    r"do_syscall_\w+|_*do_fast_syscall\w*|entry_\w+|ret_from_\w+|kthread|worker_thread|asm_\w+|"
    r"(?:asm_)?(?:smp|sysvec|common|apic|reschedule|call_function)_\w*(?:interrupt|vector|timer)\w*|"
    r"_*irq_(?:exit|enter)\w*|invoke_softirq|_*do_softirq\w*|secondary_startup\w*|cpu_startup_entry|"
    r"x86_64_start_\w+|invoke_syscall|retint_\w+|el0\w*|do_el0_\w+|system_call\w*")
_HELPER = re.compile(f"{_REPORTS}|{_SANITIZERS}|{_LOCKS}|{_DATA}|{_MEMORY}|{_SLEEPS}")
_NOBODY = re.compile(_ENTRY)


def _bare(name: str) -> str:
    """A function as it is in the source: compilers add ".part.0", ".cold", ".constprop.0"."""
    return name.partition(".")[0]


def is_helper(name: str) -> bool:
    """Whether all of the kernel uses a function, so that its name says nothing of who is wrong."""
    bare = _bare(name)
    return bool(_HELPER.fullmatch(bare) or _NOBODY.fullmatch(bare))


def culprit(body: list[str]) -> str:
    """The first function of a report's trace that is no helper; "" where it has none."""
    traced = bool(body) and _AT_ONCE.match(body[0]) is not None
    for line in body:
        if _BEGINS.search(line):
            traced = True
        elif traced and _ENDS.match(line):
            return ""
        elif traced and (call := _CALL.match(line)) and not is_helper(call.group(1)):
            return call.group(1)
    return ""
