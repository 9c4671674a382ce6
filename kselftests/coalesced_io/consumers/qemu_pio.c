// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU since 2018, accel/kvm/kvm-all.c: the port side, and the replay of the ring. */
#include <linux/kvm.h>

int qemu_is_port(const struct kvm_coalesced_mmio *ent)
{
	return ent->pio == 1;
}

void qemu_pio_zone(struct kvm_coalesced_mmio_zone *zone, __u64 start, __u32 size)
{
	zone->addr = start;
	zone->size = size;
	zone->pio = 1;
}
