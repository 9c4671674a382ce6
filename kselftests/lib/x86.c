// SPDX-License-Identifier: GPL-2.0-or-later
/* A vCPU of x86 in real or long mode, and what only x86 has; 64 and 32 bits. */
#include "kvmcode.h"

#if defined(__x86_64__) || defined(__i386__)
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* Page tables of long mode: 2 MiB pages, one to one, for the first GiB and the fifth. */
#define PML4 0x4000
#define PDPT 0x5000
#define PD_LOW 0x6000
#define PD_HIGH 0x7000
#define PTE_PRESENT_WRITE 0x3ull
#define PTE_LARGE 0x80ull

#define CR0_PE 0x1ull
#define CR0_PG 0x80000000ull
#define CR4_PAE 0x20ull
#define CR4_OSFXSR 0x200ull
#define EFER_LME_LMA 0x500ull

#define MAX_CPUID 256
#define CPUID_EXTENDED 0x80000001
#define CPUID_LM 29 /* in EDX */

static void fill_page_tables(uint8_t *ram)
{
	uint64_t *pml4 = (uint64_t *)(ram + PML4), *pdpt = (uint64_t *)(ram + PDPT);
	uint64_t *low = (uint64_t *)(ram + PD_LOW), *high = (uint64_t *)(ram + PD_HIGH);
	uint64_t i;

	pml4[0] = PDPT | PTE_PRESENT_WRITE;
	pdpt[0] = PD_LOW | PTE_PRESENT_WRITE;
	pdpt[VM_HIGH >> 30] = PD_HIGH | PTE_PRESENT_WRITE;
	for (i = 0; i < 512; i++) {
		low[i] = i << 21 | PTE_LARGE | PTE_PRESENT_WRITE;
		high[i] = (VM_HIGH + (i << 21)) | PTE_LARGE | PTE_PRESENT_WRITE;
	}
}

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entries[MAX_CPUID];
};

/* All that KVM can do. */
static struct cpuid supported(struct vm *vm)
{
	struct cpuid cpuid = { .head.nent = MAX_CPUID };

	REQUIRE(!ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID: %s",
		strerror(errno));
	return cpuid;
}

/* A kernel of 32 bits runs no guests of 64. */
static int has_long_mode(struct vm *vm)
{
	struct cpuid cpuid = supported(vm);
	uint32_t i;

	for (i = 0; i < cpuid.head.nent; i++)
		if (cpuid.entries[i].function == CPUID_EXTENDED)
			return cpuid.entries[i].edx >> CPUID_LM & 1;
	return 0;
}

void vm_long_mode(struct vm *vm)
{
	if (!has_long_mode(vm))
		ktap_skip("this kernel does not have long mode");
	fill_page_tables(vm->ram);
	vm->long_mode = 1;
}

static void set_real_mode(struct kvm_sregs *sregs)
{
	sregs->cs.base = sregs->ds.base = sregs->ss.base = 0;
	sregs->cs.selector = sregs->ds.selector = sregs->ss.selector = 0;
	sregs->es.base = VM_MMIO;
	sregs->es.selector = VM_MMIO >> 4;
}

static void set_long_mode(struct kvm_sregs *sregs)
{
	struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .s = 1,
		.db = 1, .g = 1,
	};

	sregs->ds = sregs->es = sregs->ss = sregs->fs = sregs->gs = data;
	sregs->cs = data;
	sregs->cs.selector = 8;
	sregs->cs.type = 11; /* code, readable, accessed */
	sregs->cs.db = 0;
	sregs->cs.l = 1;
	sregs->cr0 |= CR0_PE | CR0_PG;
	sregs->cr3 = PML4;
	sregs->cr4 |= CR4_PAE;
	sregs->efer |= EFER_LME_LMA;
}

/* Newer KVMs refuse long mode to a vCPU whose CPUID lacks it. */
static void set_cpuid(struct vm *vm, struct vcpu *vcpu)
{
	struct cpuid cpuid = supported(vm);

	REQUIRE(!ioctl(vcpu->fd, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2: %s", strerror(errno));
}

void machine_vcpu(struct vm *vm, struct vcpu *vcpu, int cpu)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_sregs sregs;

	REQUIRE(!ioctl(vcpu->fd, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS: %s", strerror(errno));
	sregs.cr4 |= CR4_OSFXSR; /* for writes of 16 bytes */
	if (vm->long_mode) {
		set_cpuid(vm, vcpu);
		set_long_mode(&sregs);
	} else {
		set_real_mode(&sregs);
	}
	REQUIRE(!ioctl(vcpu->fd, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS: %s", strerror(errno));
	/* With an in-kernel irqchip all but the first would wait for a start-up IPI. */
	if (cpu)
		ioctl(vcpu->fd, KVM_SET_MP_STATE, &state);
}

void machine_start(struct vcpu *vcpu, uint64_t code)
{
	struct kvm_regs regs = { .rflags = 2, .rip = code };

	REQUIRE(!ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS: %s", strerror(errno));
}

int machine_exit(struct kvm_run *run, struct access *got)
{
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		got->kind = run->io.direction == KVM_EXIT_IO_OUT ? ACCESS_OUT : ACCESS_IN;
		got->width = run->io.size;
		got->addr = run->io.port;
		got->count = run->io.count;
		if (got->kind == ACCESS_OUT)
			memcpy(&got->value, (uint8_t *)run + run->io.data_offset, got->width);
		else
			memset((uint8_t *)run + run->io.data_offset, 0,
			       run->io.size * run->io.count);
		return 1;
	case KVM_EXIT_HLT:
		got->kind = ACCESS_HLT;
		return 1;
	default:
		return 0;
	}
}

void vm_irqchip(struct vm *vm)
{
	REQUIRE(!vm_ioctl(vm, KVM_CREATE_IRQCHIP, NULL), "KVM_CREATE_IRQCHIP: %s",
		strerror(errno));
}

void vm_pit(struct vm *vm)
{
	struct kvm_pit_config config = { .flags = 0 };

	vm_irqchip(vm);
	REQUIRE(!vm_ioctl(vm, KVM_CREATE_PIT2, &config), "KVM_CREATE_PIT2: %s", strerror(errno));
}
#endif
