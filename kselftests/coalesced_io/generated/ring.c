// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens when the ring is full or its indices are bogus.
 *
 * Generated from ring.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* From first = 0 the ring takes 169 entries, or 85 with the room test of before 6.12. */
static void full_from_zero(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_FILL(&vm, 0, MMIO, 169, 85);
	vm_destroy(&vm);
}

/* From first = 100 the ring takes 169 entries and wraps. */
static void full_from_the_middle(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_FILL(&vm, 100, MMIO, 169, 169);
	EXPECT(zone_ring(&vm)->last == 99, "expected last to be 99, got %u", zone_ring(&vm)->last);
	vm_destroy(&vm);
}

/* After slot 169 comes slot 0. */
static void last_wraps(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	ring_start(&vm, 169);
	vm_guest(&vm, WRITE8(0x10000, 0x01), WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT(zone_ring(&vm)->last == 1, "expected last to be 1, got %u", zone_ring(&vm)->last);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01), ENTRY(MMIO, 0x10000, 1, 0x02));
	vm_destroy(&vm);
}

/* The OUT that finds no room exits and is not in the ring; drained, it goes on. */
static void full_of_port_writes(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_FILL(&vm, 100, PIO, 169, 169);
	ring_drain(&vm);
	EXPECT_EXIT(&vm, HLT);
	vm_destroy(&vm);
}

/* Without draining each further write exits. */
static void every_write_exits_while_full(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_FILL(&vm, 100, MMIO, 169, 169);
	EXPECT_EXITS(5, &vm, WRITE8(0x10000, 0x42));
	EXPECT(zone_ring(&vm)->last == 99, "expected last to be 99, got %u", zone_ring(&vm)->last);
	vm_destroy(&vm);
}

/* A last beyond the ring makes the write exit and touches nothing. */
static void bogus_last_exits(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	zone_ring(&vm)->last = 170;
	vm_guest(&vm, WRITE8(0x10000, 0x01), WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x01));
	zone_ring(&vm)->last = 0xffffffffu;
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x02));
	EXPECT(zone_ring(&vm)->last == 0xffffffffu, "expected last to be 0xffffffffu, got %u",
	       zone_ring(&vm)->last);
	vm_destroy(&vm);
}

/*
 * For every last and eight firsts, room is judged by one rule: that of 6.12, or that of
 * before.
 */
static void room_follows_one_rule(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_ROOM_RULE(&vm);
	vm_destroy(&vm);
}

/* With first = 0 and last = 169 the ring is full, and nothing pending is lost. */
static void the_last_slot_before_zero(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	zone_ring(&vm)->last = 169;
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x01));
	EXPECT(zone_ring(&vm)->last == 169, "expected last to be 169, got %u",
	       zone_ring(&vm)->last);
	vm_destroy(&vm);
}

/* first is never checked: one beyond the ring never equals what comes after last. */
static void bogus_first_is_believed(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	zone_ring(&vm)->first = 200;
	zone_ring(&vm)->last = 5;
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT(zone_ring(&vm)->last == 6, "expected last to be 6, got %u", zone_ring(&vm)->last);
	EXPECT(zone_ring(&vm)->first == 200, "expected first to be 200, got %u",
	       zone_ring(&vm)->first);
	vm_destroy(&vm);
}

/* The kernel never writes first. */
static void first_is_userspace_s_own(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	zone_ring(&vm)->first = 20;
	zone_ring(&vm)->last = 30;
	vm_guest(&vm, LOOP(50), WRITE8(0x10000, 0x01), END);
	EXPECT_EXIT(&vm, HLT);
	EXPECT(zone_ring(&vm)->first == 20, "expected first to be 20, got %u",
	       zone_ring(&vm)->first);
	EXPECT(zone_ring(&vm)->last == 80, "expected last to be 80, got %u", zone_ring(&vm)->last);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "full_from_zero", full_from_zero, NULL },
		{ "full_from_the_middle", full_from_the_middle, NULL },
		{ "last_wraps", last_wraps, NULL },
		{ "full_of_port_writes", full_of_port_writes, NULL },
		{ "every_write_exits_while_full", every_write_exits_while_full, NULL },
		{ "bogus_last_exits", bogus_last_exits, NULL },
		{ "room_follows_one_rule", room_follows_one_rule, NULL },
		{ "the_last_slot_before_zero", the_last_slot_before_zero,
		  "kernels before 6.12 let last wrap onto first here and lose the whole ring:"
		  " docs/found.md" },
		{ "bogus_first_is_believed", bogus_first_is_believed,
		  "a kernel may check it, and the rule of before 6.12 sees some of them as "
		  "full" },
		{ "first_is_userspace_s_own", first_is_userspace_s_own, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
