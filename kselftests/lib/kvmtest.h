/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual machine small enough for a test: one real-mode vCPU, 64 KiB of RAM
 * at 0, and a guest program that is a list of accesses.
 *
 * Guest-physical 0x10000..0x1ffff has no memory and is what MMIO accesses reach
 * (the guest's ES points there).
 */
#ifndef KVMTEST_H
#define KVMTEST_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

#include "ktap.h"

#define VM_RAM_SIZE 0x10000
#define VM_MMIO 0x10000
#define VM_DATA 0x8000 /* what REP OUTS reads */

enum access_kind {
	ACCESS_OUT,
	ACCESS_IN,
	ACCESS_WRITE,
	ACCESS_READ,
	ACCESS_OUTS, /* REP OUTS: count elements, value is the first, then +1 each */
	ACCESS_LOOP, /* repeats up to ACCESS_END, count times */
	ACCESS_END,
	ACCESS_HLT,
};

/* One thing that the guest does, or one exit that userspace expects. */
struct access {
	enum access_kind kind;
	uint32_t width; /* bytes */
	uint64_t addr;
	uint64_t value;
	uint32_t count;
};

#define OUT8(p, v) { ACCESS_OUT, 1, (p), (v), 1 }
#define OUT16(p, v) { ACCESS_OUT, 2, (p), (v), 1 }
#define OUT32(p, v) { ACCESS_OUT, 4, (p), (v), 1 }
#define IN8(p) { ACCESS_IN, 1, (p), 0, 1 }
#define IN16(p) { ACCESS_IN, 2, (p), 0, 1 }
#define IN32(p) { ACCESS_IN, 4, (p), 0, 1 }
#define WRITE8(a, v) { ACCESS_WRITE, 1, (a), (v), 1 }
#define WRITE16(a, v) { ACCESS_WRITE, 2, (a), (v), 1 }
#define WRITE32(a, v) { ACCESS_WRITE, 4, (a), (v), 1 }
#define READ8(a) { ACCESS_READ, 1, (a), 0, 1 }
#define READ16(a) { ACCESS_READ, 2, (a), 0, 1 }
#define READ32(a) { ACCESS_READ, 4, (a), 0, 1 }
#define OUTS8(p, v, n) { ACCESS_OUTS, 1, (p), (v), (n) }
#define OUTS16(p, v, n) { ACCESS_OUTS, 2, (p), (v), (n) }
#define OUTS32(p, v, n) { ACCESS_OUTS, 4, (p), (v), (n) }
#define LOOP(n) { ACCESS_LOOP, 0, 0, 0, (n) }
#define END { ACCESS_END, 0, 0, 0, 0 }
#define HLT { ACCESS_HLT, 0, 0, 0, 0 }

struct vm {
	int kvm; /* /dev/kvm */
	int fd; /* the VM */
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *ram;
	unsigned long runs; /* returns of KVM_RUN */
};

/* Makes a VM; the test is skipped when there is no usable /dev/kvm. */
void vm_create(struct vm *vm);
void vm_destroy(struct vm *vm);

/* KVM_CHECK_EXTENSION on the VM. */
int vm_cap(struct vm *vm, int capability);

/* An ioctl on the VM: 0 or the errno. */
int vm_ioctl(struct vm *vm, unsigned long request, void *argument);

/* Writes the program into the guest and starts it from the beginning. */
void vm_load(struct vm *vm, const struct access *program, int count);
#define vm_guest(vm, ...)						\
	vm_load((vm), (const struct access[]){ __VA_ARGS__ },		\
		ARRAY_SIZE(((const struct access[]){ __VA_ARGS__ })))

/* Enters the guest once and returns the exit reason, or -errno. */
int vm_run(struct vm *vm);

/* Enters the guest and expects this exit; reads are answered with zeros. */
void expect_exit(const char *file, int line, struct vm *vm, struct access wanted);
#define EXPECT_EXIT(vm, ...)						\
	expect_exit(__FILE__, __LINE__, (vm), (struct access)__VA_ARGS__)

/* Enters the guest and expects the same exit that many times in a row. */
#define EXPECT_EXITS(times, vm, ...)					\
	do {								\
		for (int exit_nr = 0; exit_nr < (times); exit_nr++)	\
			EXPECT_EXIT(vm, __VA_ARGS__);			\
	} while (0)

/* Expects an ioctl's result: 0 or an errno. */
#define EXPECT_RESULT(wanted, call)					\
	do {								\
		int result_ = (call);					\
		EXPECT(result_ == (wanted), "%s: expected %s, got %s",	\
		       #call, errno_text(wanted), errno_text(result_));	\
	} while (0)

const char *errno_text(int error);

#endif
