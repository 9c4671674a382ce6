// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "load.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct counts access_rtc(struct vm *vm, int accesses)
{
	struct ring *ring = zone_ring(vm);
	struct counts counts = { 0 };
	double start;
	int reason;

	vm_guest(vm, LOOP(accesses), OUT8(0x70, 0x0d), IN8(0x71), END);
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
