// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How guests use the RTC, counted with and without a zone at 0x70. How long that takes is a matter
 * for "harness bench" (bench/): one pair of runs says nothing of it.
 */
#include <stdio.h>

#include "load.h"

#define ACCESSES 1000

static void report(const char *arm, const struct counts *counts)
{
	char name[64];

#define ROW(what, value)							\
	do {									\
		snprintf(name, sizeof(name), "RTC, %s: %s", arm, what);	\
		ktap_measure(name, value, "");				\
	} while (0)
	ROW("KVM_RUN returns", counts->returns);
	ROW("exits to userspace", counts->index_exits + counts->data_exits);
	ROW("exits for port 0x70", counts->index_exits);
	ROW("exits for port 0x71", counts->data_exits);
	ROW("ring entries", counts->entries);
#undef ROW
}

static void one_exit_instead_of_two(void)
{
	struct counts off, on;
	struct vm vm;
	int result;

	zone_vm(&vm);
	off = access_rtc(&vm, ACCESSES);
	result = zone_register(&vm, 0x70, 1, PIO);
	on = access_rtc(&vm, ACCESSES);
	zone_unregister(&vm, 0x70, 1, PIO);
	report("no zone", &off);
	report("zone at 0x70", &on);

	if (vm_cap(&vm, KVM_CAP_COALESCED_PIO) <= 0)
		ktap_skip("KVM_CAP_COALESCED_PIO (%d) is not reported; registering with pio = 1 "
			  "returned %s and %s",
			  KVM_CAP_COALESCED_PIO, errno_text(result),
			  on.returns == off.returns ? "had no effect" : "had an effect");

	EXPECT(off.returns == 2 * ACCESSES + 1, "without a zone: %lu returns", off.returns);
	EXPECT(off.entries == 0, "without a zone: %lu ring entries", off.entries);
	EXPECT_RESULT(0, result);
	EXPECT(on.returns == ACCESSES + 1, "with a zone: expected %d returns of KVM_RUN, got %lu",
	       ACCESSES + 1, on.returns);
	EXPECT(on.index_exits == 0, "with a zone: %lu exits for port 0x70", on.index_exits);
	EXPECT(on.data_exits == ACCESSES, "with a zone: %lu exits for port 0x71", on.data_exits);
	EXPECT(on.entries == ACCESSES, "with a zone: %lu ring entries", on.entries);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "one_exit_instead_of_two", one_exit_instead_of_two, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
