// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmtool, mmio.c: designated initialisers, the rest is zero; unregisters with size 1. */
#include <linux/kvm.h>

struct kvm_coalesced_mmio_zone kvmtool_zone(__u64 address, __u32 length)
{
	return (struct kvm_coalesced_mmio_zone) {
		.addr = address,
		.size = length,
	};
}
