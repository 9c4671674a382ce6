// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which device on a bus takes a write, when several could.
 *
 * Generated from lookup.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* A small zone registered after a large one around it hides the ports behind it. */
static void large_before_small_hides_the_rest(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x60, 0x40, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01), OUT8(0x71, 0x02), OUT8(0x6f, 0x03));
	EXPECT_EXIT(&vm, OUT8(0x71, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(PIO, 0x6f, 1, 0x03));
	vm_destroy(&vm);
}

/* The other way round nothing is hidden. */
static void small_before_large_hides_nothing(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x60, 0x40, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01), OUT8(0x71, 0x02), OUT8(0x6f, 0x03));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(PIO, 0x71, 1, 0x02),
		    ENTRY(PIO, 0x6f, 1, 0x03));
	vm_destroy(&vm);
}

/*
 * A zone of one port at 0x20 is found before the in-kernel PIC, longer ones and 0x21 are
 * not.
 */
static void a_short_zone_beats_the_pic(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_irqchip(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x20, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x21, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0xa0, 2, PIO));
	vm_guest(&vm, OUT8(0x20, 0x20), OUT8(0x21, 0xff), OUT8(0xa0, 0x20), OUT8(0x80, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x80, 0x01));
	EXPECT_RING(&vm, ENTRY(PIO, 0x20, 1, 0x20));
	vm_destroy(&vm);
}

/* Zones of one port at 0x40 and 0x61 are found before the in-kernel PIT, one at 0x43 is not. */
static void a_short_zone_beats_the_pit(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_pit(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x40, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x61, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x43, 1, PIO));
	vm_guest(&vm, OUT8(0x40, 0x01), OUT8(0x61, 0x02), OUT8(0x43, 0x36), OUT8(0x80, 0x03));
	EXPECT_EXIT(&vm, OUT8(0x80, 0x03));
	EXPECT_RING(&vm, ENTRY(PIO, 0x40, 1, 0x01), ENTRY(PIO, 0x61, 1, 0x02));
	vm_destroy(&vm);
}

/* Against an ioeventfd of the same length the one that was registered first takes the write. */
static void of_zone_and_ioeventfd_the_first_wins(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_ioeventfd(&vm, KVM_IOEVENTFD_FLAG_PIO, 0x70, 1);
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT(vm_events(&vm) == 0, "the ioeventfd did not see 0 writes");
	vm_destroy(&vm);
}

/* The same, with the ioeventfd first. */
static void of_ioeventfd_and_zone_the_first_wins(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_ioeventfd(&vm, KVM_IOEVENTFD_FLAG_PIO, 0x70, 1);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	EXPECT(vm_events(&vm) == 1, "the ioeventfd did not see 1 writes");
	vm_destroy(&vm);
}

/* A zone longer than the ioeventfd loses, whoever was first. */
static void a_longer_zone_loses_to_an_ioeventfd(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	vm_ioeventfd(&vm, KVM_IOEVENTFD_FLAG_PIO, 0x70, 1);
	vm_guest(&vm, OUT8(0x70, 0x01), OUT8(0x71, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x71, 1, 0x02));
	EXPECT(vm_events(&vm) == 1, "the ioeventfd did not see 1 writes");
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "large_before_small_hides_the_rest", large_before_small_hides_the_rest,
		  "the order of overlapping devices is nobody's promise" },
		{ "small_before_large_hides_nothing", small_before_large_hides_nothing,
		  "the order of overlapping devices is nobody's promise" },
		{ "a_short_zone_beats_the_pic", a_short_zone_beats_the_pic,
		  "the order of overlapping devices is nobody's promise" },
		{ "a_short_zone_beats_the_pit", a_short_zone_beats_the_pit,
		  "the order of overlapping devices is nobody's promise" },
		{ "of_zone_and_ioeventfd_the_first_wins", of_zone_and_ioeventfd_the_first_wins,
		  "the order of overlapping devices is nobody's promise" },
		{ "of_ioeventfd_and_zone_the_first_wins", of_ioeventfd_and_zone_the_first_wins,
		  "the order of overlapping devices is nobody's promise" },
		{ "a_longer_zone_loses_to_an_ioeventfd", a_longer_zone_loses_to_an_ioeventfd,
		  "the order of overlapping devices is nobody's promise" },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
