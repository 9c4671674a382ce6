// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Port writes inside a zone land in the ring; everything else exits.
 *
 * Generated from pio.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* OUT of 1, 2 and 4 bytes is recorded with port, width, kind and value. */
static void out_of_every_width(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	vm_guest(&vm, OUT8(0x70, 0x5a), OUT16(0x70, 0x1234), OUT32(0x70, 0xdeadbeefu),
		 OUT8(0x73, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x5a), ENTRY(PIO, 0x70, 2, 0x1234),
		    ENTRY(PIO, 0x70, 4, 0xdeadbeefu), ENTRY(PIO, 0x73, 1, 0x01));
	vm_destroy(&vm);
}

/* Ports above 0xff and the last port keep their number. */
static void high_ports(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0xcf8, 4, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0xffff, 1, PIO));
	vm_guest(&vm, OUT32(0xcf8, 0x80000010u), OUT8(0xffff, 0x7f));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0xcf8, 4, 0x80000010u), ENTRY(PIO, 0xffff, 1, 0x7f));
	vm_destroy(&vm);
}

/* A port next to the zone exits as ever. */
static void unregistered_port_exits(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x6f, 0x01), OUT8(0x71, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x6f, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x71, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* A read of a zone exits and leaves the ring as it is. */
static void reads_exit(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	vm_guest(&vm, OUT8(0x70, 0x0d), IN8(0x70), IN16(0x70), IN32(0x70));
	EXPECT_EXIT(&vm, IN8(0x70));
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x0d));
	EXPECT_EXIT(&vm, IN16(0x70));
	EXPECT_EXIT(&vm, IN32(0x70));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x0d));
	vm_destroy(&vm);
}

/* A write that is not entirely inside one zone exits, with nothing recorded. */
static void straddling_writes_exit(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x72, 2, PIO));
	vm_guest(&vm, OUT16(0x6f, 0x1111), OUT32(0x70, 0x22222222), OUT16(0x71, 0x3333),
		 OUT16(0x73, 0x4444));
	EXPECT_EXIT(&vm, OUT16(0x6f, 0x1111));
	EXPECT_EXIT(&vm, OUT32(0x70, 0x22222222));
	EXPECT_EXIT(&vm, OUT16(0x71, 0x3333));
	EXPECT_EXIT(&vm, OUT16(0x73, 0x4444));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* REP OUTS is recorded element by element. */
static void rep_outs_is_one_entry_per_element(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	vm_guest(&vm, OUTS8(0x70, 0x10, 3), OUTS16(0x70, 0x2000, 2), OUTS32(0x70, 0x30000000, 2));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x10), ENTRY(PIO, 0x70, 1, 0x11),
		    ENTRY(PIO, 0x70, 1, 0x12), ENTRY(PIO, 0x70, 2, 0x2000),
		    ENTRY(PIO, 0x70, 2, 0x2001), ENTRY(PIO, 0x70, 4, 0x30000000),
		    ENTRY(PIO, 0x70, 4, 0x30000001));
	vm_destroy(&vm);
}

/* A recorded OUT is done: the guest goes on behind it. */
static void one_out_is_one_entry(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01), OUT8(0x80, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x80, 0x02));
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT_EXIT(&vm, HLT);
	vm_destroy(&vm);
}

/* An MMIO zone takes no OUT. */
static void the_buses_are_separate(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, MMIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* A port zone takes no MMIO write, whatever its numbers. */
static void a_port_zone_takes_no_mmio(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 16, PIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* Port and MMIO writes share one ring, in program order, each with its kind. */
static void one_order_for_both(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, OUT8(0x70, 0x01), WRITE32(0x10000, 0x02020202), OUT8(0x70, 0x03),
		 WRITE8(0x10003, 0x04));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(MMIO, 0x10000, 4, 0x02020202),
		    ENTRY(PIO, 0x70, 1, 0x03), ENTRY(MMIO, 0x10003, 1, 0x04));
	vm_destroy(&vm);
}

/* An MMIO entry in a slot that held a port entry says MMIO. */
static void a_slot_changes_its_kind(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	ring_start(&vm, 0);
	vm_guest(&vm, WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x02));
	vm_destroy(&vm);
}

/* The same from a guest in long mode. */
static void long_mode_outs(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_long_mode(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	vm_guest(&vm, OUT8(0x70, 0x5a), OUT16(0x70, 0x1234), OUT32(0x70, 0xdeadbeefu),
		 OUTS16(0x72, 0x2000, 2), IN8(0x70));
	EXPECT_EXIT(&vm, IN8(0x70));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x5a), ENTRY(PIO, 0x70, 2, 0x1234),
		    ENTRY(PIO, 0x70, 4, 0xdeadbeefu), ENTRY(PIO, 0x72, 2, 0x2000),
		    ENTRY(PIO, 0x72, 2, 0x2001));
	vm_destroy(&vm);
}

/* OUT 0x7e, which KVM advances past before the exit, is recorded once. */
static void port_7e_is_like_any_other(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x7e, 1, PIO));
	vm_guest(&vm, OUT8(0x7e, 0x01), OUT8(0x7e, 0x02), OUT8(0x80, 0x03));
	EXPECT_EXIT(&vm, OUT8(0x80, 0x03));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x7e, 1, 0x01), ENTRY(PIO, 0x7e, 1, 0x02));
	vm_destroy(&vm);
}

/* A zone beyond the last port takes an OUT that begins inside, and never port 0. */
static void ports_do_not_wrap(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0xffff, 4, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, PIO));
	vm_guest(&vm, OUT32(0xffff, 0x04030201), OUT8(0x0, 0x05));
	EXPECT_EXIT(&vm, OUT8(0x0, 0x05));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0xffff, 4, 0x04030201));
	vm_destroy(&vm);
}

/* The element that finds no room exits alone; drained, the rest goes on. */
static void rep_outs_when_the_ring_fills(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	zone_ring(&vm)->first = 100;
	zone_ring(&vm)->last = 97;
	vm_guest(&vm, OUTS8(0x70, 0x10, 5));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x12));
	EXPECT_NEWEST(&vm, ENTRY(PIO, 0x70, 1, 0x10), ENTRY(PIO, 0x70, 1, 0x11));
	EXPECT(zone_ring(&vm)->last == 99, "expected last to be 99, got %u", zone_ring(&vm)->last);
	ring_drain(&vm);
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x13), ENTRY(PIO, 0x70, 1, 0x14));
	vm_destroy(&vm);
}

/* Two vCPUs write to one ring, in the order in which they ran. */
static void entries_of_two_vcpus(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	vm_select(&vm, 1);
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, HLT);
	vm_select(&vm, 0);
	vm_guest(&vm, OUT8(0x70, 0x03));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(PIO, 0x70, 1, 0x02),
		    ENTRY(PIO, 0x70, 1, 0x03));
	vm_destroy(&vm);
}

/* What stood in the slot behind a value of one byte, or of two, is left there. */
static void bytes_behind_the_value_stay(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	memset(&zone_ring(&vm)->entry[0], 0xa5, sizeof(struct ring_entry));
	memset(&zone_ring(&vm)->entry[1], 0x5a, sizeof(struct ring_entry));
	vm_guest(&vm, OUT8(0x70, 0x12), OUT16(0x70, 0x1234));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_NEWEST_DATA(&vm, 0x5a5a5a5a5a5a1234ull);
	zone_ring(&vm)->last = 1;
	EXPECT_NEWEST_DATA(&vm, 0xa5a5a5a5a5a5a512ull);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "out_of_every_width", out_of_every_width, NULL },
		{ "high_ports", high_ports, NULL },
		{ "unregistered_port_exits", unregistered_port_exits, NULL },
		{ "reads_exit", reads_exit, NULL },
		{ "straddling_writes_exit", straddling_writes_exit, NULL },
		{ "rep_outs_is_one_entry_per_element", rep_outs_is_one_entry_per_element, NULL },
		{ "one_out_is_one_entry", one_out_is_one_entry, NULL },
		{ "the_buses_are_separate", the_buses_are_separate, NULL },
		{ "a_port_zone_takes_no_mmio", a_port_zone_takes_no_mmio,
		  "a kernel may refuse zones beyond the ports" },
		{ "one_order_for_both", one_order_for_both, NULL },
		{ "a_slot_changes_its_kind", a_slot_changes_its_kind, NULL },
		{ "long_mode_outs", long_mode_outs, NULL },
		{ "port_7e_is_like_any_other", port_7e_is_like_any_other, NULL },
		{ "ports_do_not_wrap", ports_do_not_wrap,
		  "a kernel may refuse zones beyond the ports" },
		{ "rep_outs_when_the_ring_fills", rep_outs_when_the_ring_fills, NULL },
		{ "entries_of_two_vcpus", entries_of_two_vcpus, NULL },
		{ "bytes_behind_the_value_stay", bytes_behind_the_value_stay, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
