// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vCPU of 64-bit PowerPC in real mode, little-endian: addresses are those of
 * the guest's memory, which the kernel above translates by its radix tables.
 */
#include "kvmcode.h"

#if defined(__powerpc64__) && defined(HAVE_LOADSTORE)
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* Power ISA 3.0 B, book III, 4.2.1: 64 bits, machine checks, little-endian. */
#define MSR_SF (1ull << 63)
#define MSR_ME (1ull << 12)
#define MSR_LE 1ull

void machine_vcpu(struct vm *vm, struct vcpu *vcpu, int cpu)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };

	(void)vm;
	(void)cpu;
	/* KVM-HV runs guests of a hypervisor only (kvmppc_sanity_check() in powerpc.c). */
	REQUIRE(!ioctl(vcpu->fd, KVM_ENABLE_CAP, &papr), "KVM_CAP_PPC_PAPR: %s",
		strerror(errno));
}

void machine_start(struct vcpu *vcpu, uint64_t code)
{
	struct kvm_regs regs = { .pc = code, .msr = MSR_SF | MSR_ME | MSR_LE };

	REQUIRE(!ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS: %s", strerror(errno));
}

static const uint8_t regs[REGS] = { 4, 5, 7, 6 };

/* ori or oris of rt with a halfword of a value; nothing where that is 0. */
static void or_half(struct code *code, uint32_t op, int rt, uint64_t value)
{
	if (value & 0xffff)
		emit(code, 4, op | (uint32_t)rt << 21 | (uint32_t)rt << 16 | (value & 0xffff));
}

static void set(struct code *code, int reg, uint64_t value)
{
	int rt = regs[reg];

	emit(code, 4, 0x38000000 | (uint32_t)rt << 21); /* li rt, 0 */
	if (value >> 32) {
		or_half(code, 0x64000000, rt, value >> 48);
		or_half(code, 0x60000000, rt, value >> 32);
		emit(code, 4, 0x780007c6 | (uint32_t)rt << 21 | (uint32_t)rt << 16); /* sldi 32 */
	}
	or_half(code, 0x64000000, rt, value >> 16);
	or_half(code, 0x60000000, rt, value);
}

static void at_address(struct code *code, uint32_t op)
{
	emit(code, 4, op | (uint32_t)regs[REG_VALUE] << 21 | (uint32_t)regs[REG_ADDRESS] << 16);
}

/* lbz, lhz, lwz, ld */
static void load(struct code *code, uint32_t width)
{
	static const uint32_t ops[] = { 0x88000000, 0xa0000000, 0x80000000, 0xe8000000 };

	at_address(code, ops[__builtin_ctz(width)]);
}

/* stb, sth, stw, std */
static void store(struct code *code, uint32_t width)
{
	static const uint32_t ops[] = { 0x98000000, 0xb0000000, 0x90000000, 0xf8000000 };

	at_address(code, ops[__builtin_ctz(width)]);
}

static void or(struct code *code)
{
	emit(code, 4, 0x7c000378 | (uint32_t)regs[REG_VALUE] << 21 |
	     (uint32_t)regs[REG_VALUE] << 16 | (uint32_t)regs[REG_OPERAND] << 11);
}

static void repeat(struct code *code, int32_t back)
{
	uint32_t count = regs[REG_COUNT];

	emit(code, 4, 0x34000000 | count << 21 | count << 16 | 0xffff); /* addic. -1 */
	emit(code, 4, 0x40820000 | ((back - 4) & 0xfffc)); /* bne */
}

static void spin(struct code *code)
{
	emit(code, 4, 0x48000000); /* b . */
}

const struct loadstore loadstore = {
	.name = "powerpc", .set = set, .load = load, .store = store, .or = or, .repeat = repeat,
	.spin = spin,
};
#endif
