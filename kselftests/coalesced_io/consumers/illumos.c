// SPDX-License-Identifier: GPL-2.0-or-later
/* Ports of KVM userspace to other systems copy the ring entry field by field. */
#include <linux/kvm.h>

void copy_entry(struct kvm_coalesced_mmio *to, const struct kvm_coalesced_mmio *from)
{
	unsigned int i;

	to->phys_addr = from->phys_addr;
	to->len = from->len;
	to->pad = from->pad;
	for (i = 0; i < sizeof(to->data); i++)
		to->data[i] = from->data[i];
}
