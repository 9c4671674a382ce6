// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU, accel/kvm/kvm-all.c: clears the padding of MMIO zones by name. */
#include <linux/kvm.h>

void qemu_mmio_zone(struct kvm_coalesced_mmio_zone *zone, __u64 start, __u32 size)
{
	zone->addr = start;
	zone->size = size;
	zone->pad = 0;
}
