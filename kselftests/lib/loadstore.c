// SPDX-License-Identifier: GPL-2.0-or-later
/* Machines that know loads and stores only: no ports, no strings, no HLT that exits. */
#include "kvmcode.h"

#ifdef HAVE_LOADSTORE
#define PAGE 0x1000ull

/* Addresses have 64 bits here from the beginning. */
void vm_long_mode(struct vm *vm)
{
	vm->long_mode = 1;
}

void vm_irqchip(struct vm *vm)
{
	(void)vm;
	ktap_skip("%s has no KVM_CREATE_IRQCHIP without a device behind it", loadstore.name);
}

void vm_pit(struct vm *vm)
{
	(void)vm;
	ktap_skip("%s has no PIT", loadstore.name);
}

int machine_exit(struct kvm_run *run, struct access *got)
{
	if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write ||
	    run->mmio.phys_addr != VM_END)
		return 0;
	got->kind = ACCESS_HLT;
	return 1;
}

const char *machine_lacks(const struct access *a)
{
	switch (a->kind) {
	case ACCESS_OUT:
	case ACCESS_IN:
	case ACCESS_OUTS:
		return "port I/O";
	case ACCESS_STOS:
		return "string instructions";
	case ACCESS_WRITE:
	case ACCESS_READ:
	case ACCESS_OR:
		if (a->width > 8)
			return "an access of 16 bytes that KVM emulates";
		if (a->addr / PAGE != (a->addr + a->width - 1) / PAGE)
			return "an access over two pages that KVM splits";
		if (loadstore.aligned && a->addr % a->width)
			return "a misaligned access that KVM emulates";
		return NULL;
	default:
		return NULL;
	}
}

void machine_access(struct code *code, const struct access *a)
{
	const char *lacks = machine_lacks(a);

	if (lacks)
		ktap_skip("%s does not have %s", loadstore.name, lacks);
	switch (a->kind) {
	case ACCESS_WRITE:
	case ACCESS_READ:
	case ACCESS_OR:
		loadstore.set(code, REG_ADDRESS, a->addr);
		loadstore.set(code, a->kind == ACCESS_OR ? REG_OPERAND : REG_VALUE, a->value);
		if (a->kind != ACCESS_WRITE)
			loadstore.load(code, a->width);
		if (a->kind == ACCESS_OR)
			loadstore.or(code);
		if (a->kind != ACCESS_READ)
			loadstore.store(code, a->width);
		break;
	case ACCESS_LOOP:
		loadstore.set(code, REG_COUNT, a->count);
		code->loop = code->at;
		break;
	case ACCESS_END:
		REQUIRE(code->loop, "END without LOOP");
		loadstore.repeat(code, code->loop - code->at);
		break;
	case ACCESS_HLT:
		loadstore.set(code, REG_ADDRESS, VM_END);
		loadstore.store(code, 1);
		break;
	case ACCESS_SPIN:
		loadstore.spin(code);
		break;
	default:
		REQUIRE(0, "that is an exit, and nothing that a guest can do");
	}
}
#endif
