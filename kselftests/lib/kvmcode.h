/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each architecture does in its own way: x86.c and x86code.c, or
 * loadstore.c with arm64.c, powerpc.c or riscv.c. All else of a VM is kvmtest.c.
 */
#ifndef KVMCODE_H
#define KVMCODE_H

#include "kvmtest.h"

#if defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64) || \
	(defined(__powerpc64__) && defined(__LITTLE_ENDIAN__))
#define HAVE_LOADSTORE
#endif

/* Guest code that is being written. */
struct code {
	int wide; /* long mode */
	uint8_t *ram;
	uint8_t *at;
	uint8_t *loop;
	uint8_t *end;
	uint32_t data; /* guest-physical, next free byte for what the guest reads */
	uint32_t data_end;
};

/* The lowest bytes of a value, little-endian. */
void emit(struct code *code, int bytes, uint64_t value);

/* The code of one access; the test is skipped when the machine lacks it. */
void machine_access(struct code *code, const struct access *a);

/* The state that a new vCPU starts from. */
void machine_vcpu(struct vm *vm, struct vcpu *vcpu, int cpu);

/* The next KVM_RUN starts at that guest-physical address. */
void machine_start(struct vcpu *vcpu, uint64_t code);

/* An exit that only this machine has; 0 when it is another one. A read is answered with zeros. */
int machine_exit(struct kvm_run *run, struct access *got);

/*
 * A guest without HLT says that it has ended by a write to where nothing else
 * is: below 512 GiB, which one page table of 1 GiB pages reaches.
 */
#define VM_END 0x7fc0000000ull

/* For loadstore.c: registers of the code, and what it is made of. */
enum { REG_ADDRESS, REG_VALUE, REG_OPERAND, REG_COUNT, REGS };
struct loadstore {
	const char *name;
	int aligned; /* KVM takes no MMIO that is not */
	void (*set)(struct code *code, int reg, uint64_t value);
	void (*load)(struct code *code, uint32_t width); /* to VALUE, from where ADDRESS points */
	void (*store)(struct code *code, uint32_t width);
	void (*or)(struct code *code); /* VALUE |= OPERAND */
	void (*repeat)(struct code *code, int32_t back); /* to where, unless --COUNT is 0 */
	void (*spin)(struct code *code);
};
extern const struct loadstore loadstore;

#endif
