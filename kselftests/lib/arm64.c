// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vCPU of arm64 at EL1 with its MMU on: without, all memory is Device, where
 * an access that is not aligned faults in the guest (Arm ARM, B2.7.2).
 */
#include "kvmcode.h"

#ifdef __aarch64__
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define TABLE 0x4000 /* level 1: 512 pages of 1 GiB, one to one */
#define BLOCK 0x701ull /* a block, accessed, inner shareable, memory of kind 0 */
#define GIB_SHIFT 30

/* D17.2 of the Arm ARM; op0, op1, CRn, CRm, op2 */
#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define MAIR_EL1 ARM64_SYS_REG(3, 0, 10, 2, 0)
#define SCTLR_M_C_I 0x1005ull
#define TCR 0x200803519ull /* 39 bits, 4 KiB, write-back, inner shareable, TTBR1 off, 40 bits out */
#define MAIR_WRITE_BACK 0xffull

#define CORE_REG(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(field))

static void set_reg(struct vcpu *vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	REQUIRE(!ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG 0x%llx: %s",
		(unsigned long long)id, strerror(errno));
}

static uint64_t get_reg(struct vcpu *vcpu, uint64_t id)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	REQUIRE(!ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg), "KVM_GET_ONE_REG 0x%llx: %s",
		(unsigned long long)id, strerror(errno));
	return value;
}

void machine_vcpu(struct vm *vm, struct vcpu *vcpu, int cpu)
{
	uint64_t *table = (uint64_t *)(vm->ram + TABLE), i;
	struct kvm_vcpu_init init;

	(void)cpu;
	for (i = 0; i < 512; i++)
		table[i] = i << GIB_SHIFT | BLOCK;
	REQUIRE(!ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET: %s",
		strerror(errno));
	REQUIRE(!ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT: %s",
		strerror(errno));
	set_reg(vcpu, MAIR_EL1, MAIR_WRITE_BACK);
	set_reg(vcpu, TCR_EL1, TCR);
	set_reg(vcpu, TTBR0_EL1, TABLE);
	set_reg(vcpu, SCTLR_EL1, get_reg(vcpu, SCTLR_EL1) | SCTLR_M_C_I);
}

void machine_start(struct vcpu *vcpu, uint64_t code)
{
	set_reg(vcpu, CORE_REG(regs.pc), code);
}

static const uint8_t regs[REGS] = { 1, 2, 4, 3 };

static void set(struct code *code, int reg, uint64_t value)
{
	int part;

	emit(code, 4, 0xd2800000 | (value & 0xffff) << 5 | regs[reg]); /* movz */
	for (part = 1; part < 4; part++)
		if (value >> part * 16 & 0xffff) /* movk */
			emit(code, 4, 0xf2800000 | part << 21 |
			     (value >> part * 16 & 0xffff) << 5 | regs[reg]);
}

/* ldr or str of x2 at [x1]; the size is in the two highest bits. */
static void at_address(struct code *code, uint32_t op, uint32_t width)
{
	emit(code, 4, op | (uint32_t)__builtin_ctz(width) << 30 | regs[REG_ADDRESS] << 5 |
	     regs[REG_VALUE]);
}

static void load(struct code *code, uint32_t width)
{
	at_address(code, 0x39400000, width);
}

static void store(struct code *code, uint32_t width)
{
	at_address(code, 0x39000000, width);
}

static void or(struct code *code)
{
	emit(code, 4, 0x2a000000 | regs[REG_OPERAND] << 16 | regs[REG_VALUE] << 5 |
	     regs[REG_VALUE]);
}

static void repeat(struct code *code, int32_t back)
{
	emit(code, 4, 0xd1000400 | regs[REG_COUNT] << 5 | regs[REG_COUNT]); /* sub x3, x3, 1 */
	emit(code, 4, 0xb5000000 | ((back - 4) / 4 & 0x7ffff) << 5 | regs[REG_COUNT]); /* cbnz */
}

static void spin(struct code *code)
{
	emit(code, 4, 0x14000000); /* b . */
}

const struct loadstore loadstore = {
	.name = "arm64", .set = set, .load = load, .store = store, .or = or, .repeat = repeat,
	.spin = spin,
};
#endif
