/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual machine small enough for a test: up to four vCPUs in real or long
 * mode, 64 KiB of RAM at 0, and guest programs that are lists of accesses.
 *
 * Guest-physical VM_MMIO and VM_HIGH have no memory: MMIO accesses go there.
 * In real mode the guest reaches the first through ES, and not the second.
 */
#ifndef KVMTEST_H
#define KVMTEST_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#include "ktap.h"

#define VM_VCPUS 4
#define VM_RAM_SIZE 0x10000
#define VM_MMIO 0x10000ull
#define VM_MMIO_SIZE 0x10000ull
#define VM_HIGH 0x100000000ull /* 4 GiB */
#define VM_HIGH_SIZE 0x40000000ull

enum access_kind {
	ACCESS_OUT,
	ACCESS_IN,
	ACCESS_WRITE,
	ACCESS_READ,
	ACCESS_OR, /* read, modify, write: OR of a byte */
	ACCESS_OUTS, /* REP OUTS: count elements, value is the first, then +1 each */
	ACCESS_STOS, /* REP STOS: count times the same value */
	ACCESS_LOOP, /* repeats up to ACCESS_END, count times */
	ACCESS_END,
	ACCESS_HLT,
	ACCESS_SPIN, /* jumps to itself for ever */
	ACCESS_DEBUG, /* as an exit: one step has been made */
	ACCESS_EINTR, /* as an exit: KVM_RUN was interrupted */
};

/* One thing that the guest does, or one exit that userspace expects. */
struct access {
	enum access_kind kind;
	uint32_t width; /* bytes */
	uint64_t addr;
	uint64_t value;
	uint32_t count;
	uint64_t high; /* bytes 8 to 15 of a write of 16 */
};

#define OUT8(p, v) { ACCESS_OUT, 1, (p), (v), 1, 0 }
#define OUT16(p, v) { ACCESS_OUT, 2, (p), (v), 1, 0 }
#define OUT32(p, v) { ACCESS_OUT, 4, (p), (v), 1, 0 }
#define IN8(p) { ACCESS_IN, 1, (p), 0, 1, 0 }
#define IN16(p) { ACCESS_IN, 2, (p), 0, 1, 0 }
#define IN32(p) { ACCESS_IN, 4, (p), 0, 1, 0 }
#define WRITE8(a, v) { ACCESS_WRITE, 1, (a), (v), 1, 0 }
#define WRITE16(a, v) { ACCESS_WRITE, 2, (a), (v), 1, 0 }
#define WRITE32(a, v) { ACCESS_WRITE, 4, (a), (v), 1, 0 }
#define WRITE64(a, v) { ACCESS_WRITE, 8, (a), (v), 1, 0 }
#define WRITE128(a, low, high) { ACCESS_WRITE, 16, (a), (low), 1, (high) }
#define READ8(a) { ACCESS_READ, 1, (a), 0, 1, 0 }
#define READ16(a) { ACCESS_READ, 2, (a), 0, 1, 0 }
#define READ32(a) { ACCESS_READ, 4, (a), 0, 1, 0 }
#define READ64(a) { ACCESS_READ, 8, (a), 0, 1, 0 }
#define OR8(a, v) { ACCESS_OR, 1, (a), (v), 1, 0 }
#define OUTS8(p, v, n) { ACCESS_OUTS, 1, (p), (v), (n), 0 }
#define OUTS16(p, v, n) { ACCESS_OUTS, 2, (p), (v), (n), 0 }
#define OUTS32(p, v, n) { ACCESS_OUTS, 4, (p), (v), (n), 0 }
#define STOS8(a, v, n) { ACCESS_STOS, 1, (a), (v), (n), 0 }
#define STOS16(a, v, n) { ACCESS_STOS, 2, (a), (v), (n), 0 }
#define STOS32(a, v, n) { ACCESS_STOS, 4, (a), (v), (n), 0 }
#define STOS64(a, v, n) { ACCESS_STOS, 8, (a), (v), (n), 0 }
#define LOOP(n) { ACCESS_LOOP, 0, 0, 0, (n), 0 }
#define END { ACCESS_END, 0, 0, 0, 0, 0 }
#define HLT { ACCESS_HLT, 0, 0, 0, 0, 0 }
#define SPIN { ACCESS_SPIN, 0, 0, 0, 0, 0 }
#define DEBUG { ACCESS_DEBUG, 0, 0, 0, 0, 0 }
#define INTERRUPTED { ACCESS_EINTR, 0, 0, 0, 0, 0 }

struct vcpu {
	int fd;
	struct kvm_run *run;
	unsigned long runs; /* returns of KVM_RUN */
};

struct vm {
	int kvm; /* /dev/kvm */
	int fd; /* the VM */
	int long_mode;
	uint8_t *ram;
	size_t run_size;
	struct vcpu vcpus[VM_VCPUS];
	int cpu; /* the vCPU that the calls below speak of */
	int slots; /* memory slots in use */
	int event; /* an ioeventfd, or 0 */
};

/* Makes a VM without a vCPU; the test is skipped when there is no usable /dev/kvm. */
void vm_create(struct vm *vm);
void vm_destroy(struct vm *vm);

/* All vCPUs run in long mode; only before there is one. */
void vm_long_mode(struct vm *vm);

/* The current vCPU; made when it is first asked for. */
struct vcpu *vm_vcpu(struct vm *vm);
void vm_select(struct vm *vm, int cpu);

/* In-kernel interrupt controllers, and the timer too; only before there is a vCPU. */
void vm_irqchip(struct vm *vm);
void vm_pit(struct vm *vm);

/* More guest memory. */
void vm_memory(struct vm *vm, uint64_t addr, uint64_t size, uint32_t flags);

/* An eventfd that counts the guest's writes to a port or an address. */
void vm_ioeventfd(struct vm *vm, uint32_t flags, uint64_t addr, uint32_t size);
uint64_t vm_events(struct vm *vm);

/* From here on each instruction is an exit. */
void vm_single_step(struct vm *vm);

/* Unmaps the current vCPU and maps it again. */
void vm_remap(struct vm *vm);

/* KVM_CHECK_EXTENSION on the VM, and on /dev/kvm. */
int vm_cap(struct vm *vm, int capability);
int vm_system_cap(struct vm *vm, int capability);

/* An ioctl on the VM: 0 or the errno. */
int vm_ioctl(struct vm *vm, unsigned long request, void *argument);

/* Writes the program into the guest; the current vCPU starts it from the beginning. */
void vm_load(struct vm *vm, const struct access *program, int count);
#define vm_guest(vm, ...)						\
	vm_load((vm), (const struct access[]){ __VA_ARGS__ },		\
		ARRAY_SIZE(((const struct access[]){ __VA_ARGS__ })))

/* What an access needs and this architecture does not have; NULL when it can be done. */
const char *machine_lacks(const struct access *a);

/* The code of a program for one vCPU; returns its guest-physical address. */
uint64_t vm_encode(struct vm *vm, int cpu, const struct access *program, int count);

/* Enters the guest once and returns the exit reason, or -errno; reads are answered with zeros. */
int vm_run(struct vm *vm);

/* What the last KVM_RUN of the current vCPU came back for; 0 when it is no access. */
int vm_last_exit(struct vm *vm, struct access *got);

/* Enters the guest and expects this exit. */
void expect_exit(const char *file, int line, struct vm *vm, struct access wanted);
#define EXPECT_EXIT(vm, ...)						\
	expect_exit(__FILE__, __LINE__, (vm), (struct access)__VA_ARGS__)

/* Enters the guest and expects the same exit that many times in a row. */
#define EXPECT_EXITS(times, vm, ...)					\
	do {								\
		for (int exit_nr = 0; exit_nr < (times); exit_nr++)	\
			EXPECT_EXIT(vm, __VA_ARGS__);			\
	} while (0)

/* Enters the guest and expects that it does not come back until a signal makes it. */
void expect_no_exit(const char *file, int line, struct vm *vm);
#define EXPECT_NO_EXIT(vm) expect_no_exit(__FILE__, __LINE__, (vm))

/* With immediate_exit set, the guest does not run. */
void expect_immediate_exit(const char *file, int line, struct vm *vm);
#define EXPECT_IMMEDIATE_EXIT(vm) expect_immediate_exit(__FILE__, __LINE__, (vm))

/* Expects an ioctl's result: 0 or an errno. */
#define EXPECT_RESULT(wanted, call)					\
	do {								\
		int result_ = (call);					\
		EXPECT(result_ == (wanted), "%s: expected %s, got %s",	\
		       #call, errno_text(wanted), errno_text(result_));	\
	} while (0)

const char *errno_text(int error);

#endif
