// SPDX-License-Identifier: GPL-2.0-or-later
/* A vCPU of RISC-V in supervisor mode, without page tables of its own. */
#include "kvmcode.h"

#if defined(__riscv) && __riscv_xlen == 64
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define CORE_REG(field) (KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE | \
			 KVM_REG_RISCV_CORE_REG(field))

void machine_vcpu(struct vm *vm, struct vcpu *vcpu, int cpu)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	(void)vm;
	/* All but the first wait for a call of the SBI that starts them. */
	if (cpu)
		REQUIRE(!ioctl(vcpu->fd, KVM_SET_MP_STATE, &state), "KVM_SET_MP_STATE: %s",
			strerror(errno));
}

void machine_start(struct vcpu *vcpu, uint64_t code)
{
	struct kvm_one_reg reg = { .id = CORE_REG(regs.pc), .addr = (uintptr_t)&code };

	REQUIRE(!ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG of the pc: %s",
		strerror(errno));
}

static const uint8_t regs[REGS] = { 10, 11, 13, 12 };

/* rd = rs op immediate */
static void immediate(struct code *code, uint32_t op, int rd, int rs, uint32_t value)
{
	emit(code, 4, op | value << 20 | rs << 15 | rd << 7);
}

/* Eleven bits at a time: an immediate has twelve and a sign. */
static void set(struct code *code, int reg, uint64_t value)
{
	int rd = regs[reg], shift = 55;

	while (shift && !(value >> shift))
		shift -= 11;
	immediate(code, 0x13, rd, 0, value >> shift); /* addi rd, zero, ... */
	while (shift) {
		shift -= 11;
		immediate(code, 0x1013, rd, rd, 11); /* slli */
		immediate(code, 0x6013, rd, rd, value >> shift & 0x7ff); /* ori */
	}
}

static void load(struct code *code, uint32_t width)
{
	uint32_t size = __builtin_ctz(width);

	/* lbu, lhu, lwu, ld */
	immediate(code, 0x3 | (size < 3 ? size | 4 : size) << 12, regs[REG_VALUE],
		  regs[REG_ADDRESS], 0);
}

static void store(struct code *code, uint32_t width)
{
	emit(code, 4, 0x23 | (uint32_t)__builtin_ctz(width) << 12 | regs[REG_ADDRESS] << 15 |
	     (uint32_t)regs[REG_VALUE] << 20);
}

static void or(struct code *code)
{
	emit(code, 4, 0x6033 | (uint32_t)regs[REG_OPERAND] << 20 | regs[REG_VALUE] << 15 |
	     regs[REG_VALUE] << 7);
}

static void repeat(struct code *code, int32_t back)
{
	uint32_t to = back - 4;

	immediate(code, 0x13, regs[REG_COUNT], regs[REG_COUNT], 0xfff); /* addi -1 */
	/* bne count, zero, to: the offset's bits 12, 10-5, 4-1, 11 */
	emit(code, 4, 0x1063 | regs[REG_COUNT] << 15 | (to >> 12 & 1) << 31 |
	     (to >> 5 & 0x3f) << 25 | (to >> 1 & 0xf) << 8 | (to >> 11 & 1) << 7);
}

static void spin(struct code *code)
{
	emit(code, 4, 0x6f); /* jal zero, . */
}

const struct loadstore loadstore = {
	.name = "riscv", .aligned = 1, .set = set, .load = load, .store = store, .or = or,
	.repeat = repeat, .spin = spin,
};
#endif
