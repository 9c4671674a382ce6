// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When userspace learns of what is in the ring: at the next exit, whatever it is for.
 *
 * Generated from notice.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* KVM_RUN interrupted by a signal leaves the entries for userspace to find. */
static void a_signal_leaves_entries(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01), SPIN);
	EXPECT_NO_EXIT(&vm);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01));
	vm_destroy(&vm);
}

/* immediate_exit returns before the guest runs. */
static void immediate_exit_runs_nothing(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_IMMEDIATE_EXIT(&vm);
	EXPECT_RING_EMPTY(&vm);
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01));
	vm_destroy(&vm);
}

/* A recorded OUT is one instruction when single-stepping. */
static void single_step_over_an_out(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01), OUT8(0x70, 0x02));
	vm_single_step(&vm);
	EXPECT_EXITS(2, &vm, DEBUG);
	EXPECT_RING_EMPTY(&vm);
	EXPECT_EXIT(&vm, DEBUG);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT_EXITS(2, &vm, DEBUG);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	EXPECT_EXIT(&vm, DEBUG);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01), ENTRY(PIO, 0x70, 1, 0x02));
	vm_destroy(&vm);
}

/* With an in-kernel irqchip HLT does not exit, and the entry waits. */
static void halt_in_the_kernel_tells_nothing(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_irqchip(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_NO_EXIT(&vm);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x01));
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "a_signal_leaves_entries", a_signal_leaves_entries, NULL },
		{ "immediate_exit_runs_nothing", immediate_exit_runs_nothing, NULL },
		{ "single_step_over_an_out", single_step_over_an_out, NULL },
		{ "halt_in_the_kernel_tells_nothing", halt_in_the_kernel_tells_nothing, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
