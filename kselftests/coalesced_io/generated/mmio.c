// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Coalesced MMIO works as it always has.
 *
 * Generated from mmio.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* MMIO writes of 1, 2, 4 and 8 bytes are recorded, with 0 where the padding was. */
static void writes_of_every_width(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 16, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x5a), WRITE16(0x10002, 0x1234),
		 WRITE32(0x10004, 0xdeadbeefu), WRITE64(0x10008, 0x1122334455667788ull));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x5a), ENTRY(MMIO, 0x10002, 2, 0x1234),
		    ENTRY(MMIO, 0x10004, 4, 0xdeadbeefu),
		    ENTRY(MMIO, 0x10008, 8, 0x1122334455667788ull));
	vm_destroy(&vm);
}

/* An MMIO read exits. */
static void reads_exit(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 16, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01), READ8(0x10000), READ32(0x10004), READ64(0x10008));
	EXPECT_EXIT(&vm, READ8(0x10000));
	EXPECT_EXIT(&vm, READ32(0x10004));
	EXPECT_EXIT(&vm, READ64(0x10008));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01));
	vm_destroy(&vm);
}

/* An MMIO write over the edge of a zone exits. */
static void straddling_writes_exit(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10004, 4, MMIO));
	vm_guest(&vm, WRITE32(0x10002, 0x11111111), WRITE32(0x10006, 0x22222222),
		 WRITE8(0x10003, 0x33), WRITE8(0x10008, 0x44));
	EXPECT_EXIT(&vm, WRITE32(0x10002, 0x11111111));
	EXPECT_EXIT(&vm, WRITE32(0x10006, 0x22222222));
	EXPECT_EXIT(&vm, WRITE8(0x10003, 0x33));
	EXPECT_EXIT(&vm, WRITE8(0x10008, 0x44));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* After unregistering, writes exit; what was recorded stays. */
static void unregister_stops_it(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x02));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x02));
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01));
	vm_destroy(&vm);
}

/* The same from a guest in long mode. */
static void long_mode_writes(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_long_mode(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 16, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x5a), WRITE16(0x10002, 0x1234),
		 WRITE32(0x10004, 0xdeadbeefu), WRITE64(0x10008, 0x1122334455667788ull));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x5a), ENTRY(MMIO, 0x10002, 2, 0x1234),
		    ENTRY(MMIO, 0x10004, 4, 0xdeadbeefu),
		    ENTRY(MMIO, 0x10008, 8, 0x1122334455667788ull));
	vm_destroy(&vm);
}

/* An address above 4 GiB is recorded in full. */
static void above_four_gib(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_long_mode(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x100000ff8ull, 16, MMIO));
	vm_guest(&vm, WRITE64(0x100000ff8ull, 0x0807060504030201ull), WRITE8(0x100001007ull, 0x7f),
		 WRITE8(0x100001008ull, 0x01));
	EXPECT_EXIT(&vm, WRITE8(0x100001008ull, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x100000ff8ull, 8, 0x0807060504030201ull),
		    ENTRY(MMIO, 0x100001007ull, 1, 0x7f));
	vm_destroy(&vm);
}

/* OR to a zone is a read that exits and a write that does not. */
static void read_modify_write(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, OR8(0x10000, 0x81));
	EXPECT_EXIT(&vm, READ8(0x10000));
	EXPECT_RING_EMPTY(&vm);
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x81));
	vm_destroy(&vm);
}

/* A write over a page boundary is two writes; one zone over both takes two entries. */
static void page_crossing_write_is_two(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10ff8, 16, MMIO));
	vm_guest(&vm, WRITE32(0x10ffe, 0x44332211), WRITE64(0x10ffb, 0x8877665544332211ull));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10ffe, 2, 0x2211), ENTRY(MMIO, 0x11000, 2, 0x4433),
		    ENTRY(MMIO, 0x10ffb, 5, 0x5544332211ull), ENTRY(MMIO, 0x11000, 3, 0x887766));
	vm_destroy(&vm);
}

/* A zone that ends with the page takes the first half, the second exits. */
static void page_crossing_first_half(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10ffc, 4, MMIO));
	vm_guest(&vm, WRITE32(0x10ffe, 0x44332211));
	EXPECT_EXIT(&vm, { ACCESS_WRITE, 2, 0x11000, 0x4433, 1, 0 });
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10ffe, 2, 0x2211));
	EXPECT_EXIT(&vm, HLT);
	vm_destroy(&vm);
}

/* A zone that begins with the page has the second half before the first half's exit. */
static void page_crossing_second_half(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x11000, 4, MMIO));
	vm_guest(&vm, WRITE32(0x10ffe, 0x44332211));
	EXPECT_EXIT(&vm, { ACCESS_WRITE, 2, 0x10ffe, 0x2211, 1, 0 });
	EXPECT_RING(&vm, ENTRY(MMIO, 0x11000, 2, 0x4433));
	EXPECT_EXIT(&vm, HLT);
	vm_destroy(&vm);
}

/* A store of 16 bytes is looked up in pieces of 8. */
static void sixteen_bytes_are_two_entries(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_long_mode(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 16, MMIO));
	vm_guest(&vm, WRITE128(0x10000, 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 8, 0x0706050403020100ull),
		    ENTRY(MMIO, 0x10008, 8, 0x0f0e0d0c0b0a0908ull));
	vm_destroy(&vm);
}

/*
 * After the first piece of a store that no zone takes, the rest exits, whatever zones there
 * are.
 */
static void after_the_first_piece_that_misses(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_long_mode(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10008, 8, MMIO));
	vm_guest(&vm, WRITE128(0x10000, 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull));
	EXPECT_EXIT(&vm, WRITE64(0x10000, 0x0706050403020100ull));
	EXPECT_EXIT(&vm, WRITE64(0x10008, 0x0f0e0d0c0b0a0908ull));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* REP STOS is recorded element by element. */
static void rep_stos_is_one_entry_per_element(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 8, MMIO));
	vm_guest(&vm, STOS16(0x10000, 0x1234, 3), STOS8(0x10007, 0x56, 2));
	EXPECT_EXIT(&vm, WRITE8(0x10008, 0x56));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 2, 0x1234), ENTRY(MMIO, 0x10002, 2, 0x1234),
		    ENTRY(MMIO, 0x10004, 2, 0x1234), ENTRY(MMIO, 0x10007, 1, 0x56));
	vm_destroy(&vm);
}

/* Where there is guest memory no write is recorded. */
static void memory_wins_over_a_zone(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_memory(&vm, 0x11000, 0x1000, 0);
	EXPECT_RESULT(0, zone_register(&vm, 0x10ff0, 0x20, MMIO));
	vm_guest(&vm, WRITE8(0x11000, 0x01), WRITE8(0x10fff, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10fff, 1, 0x02));
	vm_destroy(&vm);
}

/* A write to a read-only slot is MMIO, and a zone takes it. */
static void read_only_memory_does_not(void)
{
	struct vm vm;

	zone_vm(&vm);
	vm_memory(&vm, 0x11000, 0x1000, KVM_MEM_READONLY);
	EXPECT_RESULT(0, zone_register(&vm, 0x11000, 4, MMIO));
	vm_guest(&vm, WRITE8(0x11000, 0x01), WRITE8(0x11008, 0x02));
	EXPECT_EXIT(&vm, WRITE8(0x11008, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x11000, 1, 0x01));
	vm_destroy(&vm);
}

/*
 * What stood in the slot behind a short value is left there: a kernel that copies more gives
 * away what lies on its stack.
 */
static void bytes_behind_the_value_stay(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 8, MMIO));
	memset(&zone_ring(&vm)->entry[0], 0xa5, sizeof(struct ring_entry));
	vm_guest(&vm, WRITE16(0x10000, 0x1234));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_NEWEST_DATA(&vm, 0xa5a5a5a5a5a51234ull);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "writes_of_every_width", writes_of_every_width, NULL },
		{ "reads_exit", reads_exit, NULL },
		{ "straddling_writes_exit", straddling_writes_exit, NULL },
		{ "unregister_stops_it", unregister_stops_it, NULL },
		{ "long_mode_writes", long_mode_writes, NULL },
		{ "above_four_gib", above_four_gib, NULL },
		{ "read_modify_write", read_modify_write, NULL },
		{ "page_crossing_write_is_two", page_crossing_write_is_two, NULL },
		{ "page_crossing_first_half", page_crossing_first_half, NULL },
		{ "page_crossing_second_half", page_crossing_second_half, NULL },
		{ "sixteen_bytes_are_two_entries", sixteen_bytes_are_two_entries, NULL },
		{ "after_the_first_piece_that_misses", after_the_first_piece_that_misses,
		  "how KVM goes on after a miss is its own affair" },
		{ "rep_stos_is_one_entry_per_element", rep_stos_is_one_entry_per_element, NULL },
		{ "memory_wins_over_a_zone", memory_wins_over_a_zone, NULL },
		{ "read_only_memory_does_not", read_only_memory_does_not, NULL },
		{ "bytes_behind_the_value_stay", bytes_behind_the_value_stay, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
