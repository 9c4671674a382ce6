// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How guests use the RTC: the index goes to port 0x70, the data comes from port
 * 0x71. Counted with and without a zone at 0x70; time is shown as a ratio of
 * interleaved runs and decides nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "zone.h"

#define ACCESSES 1000
#define PAIRS 3

struct counts {
	unsigned long returns; /* of KVM_RUN */
	unsigned long index_exits; /* port 0x70 */
	unsigned long data_exits; /* port 0x71 */
	unsigned long entries; /* taken from the ring */
	double seconds;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static struct counts access_rtc(struct vm *vm)
{
	struct ring *ring = zone_ring(vm);
	struct counts counts = { 0 };
	double start;
	int reason;

	vm_guest(vm, LOOP(ACCESSES), OUT8(0x70, 0x0d), IN8(0x71), END);
	start = now();
	do {
		reason = vm_run(vm);
		counts.returns++;
		counts.entries += ring_pending(ring);
		ring->first = ring->last;
		REQUIRE(reason == KVM_EXIT_IO || reason == KVM_EXIT_HLT,
			"unexpected exit reason %d", reason);
		if (reason == KVM_EXIT_IO) {
			counts.index_exits += vm_vcpu(vm)->run->io.port == 0x70;
			counts.data_exits += vm_vcpu(vm)->run->io.port == 0x71;
		}
	} while (reason != KVM_EXIT_HLT);
	counts.seconds = now() - start;
	return counts;
}

static void report(const char *arm, const struct counts *counts)
{
	char name[64];

#define ROW(what, value, unit)							\
	do {									\
		snprintf(name, sizeof(name), "RTC, %s: %s", arm, what);	\
		ktap_measure(name, value, unit);				\
	} while (0)
	ROW("KVM_RUN returns", counts->returns, "");
	ROW("exits to userspace", counts->index_exits + counts->data_exits, "");
	ROW("exits for port 0x70", counts->index_exits, "");
	ROW("exits for port 0x71", counts->data_exits, "");
	ROW("ring entries", counts->entries, "");
#undef ROW
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void one_exit_instead_of_two(void)
{
	struct counts off, on;
	double ratio[PAIRS];
	struct vm vm;
	int result, i;

	vm_create(&vm);
	access_rtc(&vm); /* warm up */
	for (i = 0; i < PAIRS; i++) {
		off = access_rtc(&vm);
		result = zone_register(&vm, 0x70, 1, PIO);
		on = access_rtc(&vm);
		ratio[i] = on.seconds / off.seconds;
		zone_unregister(&vm, 0x70, 1, PIO);
	}
	qsort(ratio, PAIRS, sizeof(ratio[0]), by_value);
	report("no zone", &off);
	report("zone at 0x70", &on);
	ktap_measure("RTC, time with zone / without (median of 3)", ratio[PAIRS / 2], "x");

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
