// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU and kvmtool drive KVM: regions, routes, the shared page of a vCPU.
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>

int set_region(int vm, uint32_t slot, void *host, uint64_t guest, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = KVM_MEM_LOG_DIRTY_PAGES, .guest_phys_addr = guest,
		.memory_size = size, .userspace_addr = (uintptr_t)host,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

void route(struct kvm_irq_routing *table, uint32_t gsi, uint32_t pin)
{
	struct kvm_irq_routing_entry *e = &table->entries[table->nr++];

	memset(e, 0, sizeof(*e));
	e->gsi = gsi;
	e->type = KVM_IRQ_ROUTING_IRQCHIP;
	e->u.irqchip.irqchip = 0;
	e->u.irqchip.pin = pin;
}

int leave(struct kvm_run *run, uint8_t *data)
{
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		memcpy(data, (uint8_t *)run + run->io.data_offset, run->io.size * run->io.count);
		return run->io.direction == KVM_EXIT_IO_OUT ? run->io.port : -EIO;
	case KVM_EXIT_MMIO:
		memcpy(data, run->mmio.data, run->mmio.len);
		return run->mmio.is_write;
	case KVM_EXIT_INTERNAL_ERROR:
		return run->internal.suberror;
	}
	return run->immediate_exit;
}
