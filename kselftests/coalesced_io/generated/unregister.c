// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which zones an unregistration removes.
 *
 * Generated from unregister.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* An unregistered port exits again; what was recorded stays. */
static void pio_zone_goes(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	vm_destroy(&vm);
}

/* Unregistering what is not there returns 0. */
static void nothing_to_remove_is_success(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x10000, 1, MMIO));
	vm_destroy(&vm);
}

/* One unregistration removes all zones that contain the range. */
static void duplicates_go_together(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x01));
	vm_destroy(&vm);
}

/* Unregistering a part of a zone removes all of it, which kvmtool relies on. */
static void a_part_removes_the_zone(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 8, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x72, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x01));
	vm_destroy(&vm);
}

/* A range that is larger than the zone, or beside it, leaves it alone. */
static void more_than_the_zone_removes_nothing(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 3, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x6f, 2, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x60, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	vm_destroy(&vm);
}

/* Unregistering a port zone as MMIO changes nothing, and it can still be removed. */
static void wrong_bus_leaves_a_pio_zone(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, MMIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	vm_destroy(&vm);
}

/* Unregistering an MMIO zone as ports changes nothing, and it can still be removed. */
static void wrong_bus_leaves_an_mmio_zone(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x10000, 1, PIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x10000, 1, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x02));
	vm_destroy(&vm);
}

/* A range that several zones contain removes all of them, and no other. */
static void a_large_zone_goes_with_a_small_one(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x60, 0x20, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x71, 1, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x60, 0x01), OUT8(0x70, 0x02), OUT8(0x71, 0x03));
	EXPECT_EXIT(&vm, OUT8(0x60, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x71, 1, 0x03));
	vm_destroy(&vm);
}

/* Size 0 removes a zone from its start up to the first address behind it. */
static void size_zero_reaches_one_past_the_end(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x73, 0, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x72, 0, PIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	vm_destroy(&vm);
}

/* A range over the end of the address space removes nothing. */
static void a_range_that_wraps_removes_nothing(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0xffffffffffffffffull, 0x72, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	vm_destroy(&vm);
}

/* A zone of 2^31 bytes cannot be unregistered by what it was registered with, only by less. */
static void two_gib_stay(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 0x80000000u, PIO));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 0x80000000u, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 0x7fffffff, PIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x02));
	vm_destroy(&vm);
}

/* A range that begins behind a zone does not remove it, however it wraps. */
static void a_range_over_the_end_takes_no_zone(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	zone_unregister(&vm, 0xffffffffffffffffull, 0x72, PIO);
	zone_unregister(&vm, 0xffffffffffffff90ull, 0xe1, PIO);
	zone_unregister(&vm, 0xffffffffffffffffull, 0x10002, MMIO);
	zone_unregister(&vm, 0xfffffffffffffffcull, 4, MMIO);
	vm_guest(&vm, OUT8(0x70, 0x01), WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(MMIO, 0x10000, 1, 0x02));
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "pio_zone_goes", pio_zone_goes, NULL },
		{ "nothing_to_remove_is_success", nothing_to_remove_is_success, NULL },
		{ "duplicates_go_together", duplicates_go_together, NULL },
		{ "a_part_removes_the_zone", a_part_removes_the_zone, NULL },
		{ "more_than_the_zone_removes_nothing", more_than_the_zone_removes_nothing, NULL },
		{ "wrong_bus_leaves_a_pio_zone", wrong_bus_leaves_a_pio_zone, NULL },
		{ "wrong_bus_leaves_an_mmio_zone", wrong_bus_leaves_an_mmio_zone, NULL },
		{ "a_large_zone_goes_with_a_small_one", a_large_zone_goes_with_a_small_one, NULL },
		{ "size_zero_reaches_one_past_the_end", size_zero_reaches_one_past_the_end,
		  "nobody wants this: docs/found.md" },
		{ "a_range_that_wraps_removes_nothing", a_range_that_wraps_removes_nothing,
		  "a kernel may refuse it" },
		{ "two_gib_stay", two_gib_stay,
		  "nobody wants this: docs/found.md" },
		{ "a_range_over_the_end_takes_no_zone", a_range_over_the_end_takes_no_zone, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
