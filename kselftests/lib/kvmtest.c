// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvmtest.h"

#define CODE 0x1000

const char *errno_text(int error)
{
	switch (error) {
	case 0: return "success";
	case EINVAL: return "EINVAL";
	case EFAULT: return "EFAULT";
	case ENOSPC: return "ENOSPC";
	case ENOMEM: return "ENOMEM";
	case ENOTTY: return "ENOTTY";
	case ENOENT: return "ENOENT";
	case EEXIST: return "EEXIST";
	case EBUSY: return "EBUSY";
	case EPERM: return "EPERM";
	case EIO: return "EIO";
	case EOPNOTSUPP: return "EOPNOTSUPP";
	default: return strerror(error);
	}
}

void vm_create(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = VM_RAM_SIZE,
	};
	struct kvm_sregs sregs;
	int size;

	memset(vm, 0, sizeof(*vm));
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		ktap_skip("cannot open /dev/kvm: %s", strerror(errno));
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	REQUIRE(vm->fd >= 0, "KVM_CREATE_VM: %s", strerror(errno));
	vm->ram = mmap(NULL, VM_RAM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(vm->ram != MAP_FAILED, "mmap of guest RAM: %s", strerror(errno));
	region.userspace_addr = (uintptr_t)vm->ram;
	REQUIRE(!vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region),
		"KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	REQUIRE(vm->vcpu >= 0, "KVM_CREATE_VCPU: %s", strerror(errno));
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	REQUIRE(size >= (int)sizeof(*vm->run), "KVM_GET_VCPU_MMAP_SIZE gave %d", size);
	vm->run_size = size;
	vm->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	REQUIRE(vm->run != MAP_FAILED, "mmap of the vCPU: %s", strerror(errno));

	REQUIRE(!ioctl(vm->vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS: %s", strerror(errno));
	sregs.cs.base = sregs.ds.base = sregs.ss.base = 0;
	sregs.cs.selector = sregs.ds.selector = sregs.ss.selector = 0;
	sregs.es.base = VM_MMIO;
	sregs.es.selector = VM_MMIO >> 4;
	REQUIRE(!ioctl(vm->vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS: %s", strerror(errno));
}

void vm_destroy(struct vm *vm)
{
	munmap(vm->run, vm->run_size);
	munmap(vm->ram, VM_RAM_SIZE);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
}

int vm_cap(struct vm *vm, int capability)
{
	return ioctl(vm->fd, KVM_CHECK_EXTENSION, capability);
}

int vm_ioctl(struct vm *vm, unsigned long request, void *argument)
{
	return ioctl(vm->fd, request, argument) < 0 ? errno : 0;
}

/* 16-bit code: 0x66 makes an operand 32 bits wide, 0x26 goes through ES. */
struct code {
	uint8_t *at;
	uint8_t *loop;
	uint8_t *end;
	uint32_t data; /* guest-physical, next free byte for OUTS */
};

static void emit(struct code *code, int bytes, uint64_t value)
{
	REQUIRE(code->at + bytes < code->end, "the guest program is too long");
	memcpy(code->at, &value, bytes);
	code->at += bytes;
}

static void emit_op(struct code *code, const struct access *a, uint8_t byte_op, uint8_t word_op)
{
	if (a->width == 4)
		emit(code, 1, 0x66);
	emit(code, 1, a->width == 1 ? byte_op : word_op);
}

static void emit_es_op(struct code *code, const struct access *a, uint8_t byte_op,
		       uint8_t word_op)
{
	REQUIRE(a->addr >= VM_MMIO && a->addr + a->width <= VM_MMIO + 0x10000,
		"no MMIO at 0x%llx", (unsigned long long)a->addr);
	if (a->width == 4)
		emit(code, 1, 0x66);
	emit(code, 1, 0x26);
	emit(code, 1, a->width == 1 ? byte_op : word_op);
}

static void emit_dx(struct code *code, const struct access *a)
{
	emit(code, 1, 0xba); /* mov dx, port */
	emit(code, 2, a->addr);
}

static void fill_data(struct vm *vm, struct code *code, const struct access *a)
{
	uint32_t i;

	REQUIRE(code->data + a->count * a->width <= VM_RAM_SIZE, "too much data for OUTS");
	for (i = 0; i < a->count; i++) {
		uint64_t value = a->value + i;

		memcpy(vm->ram + code->data, &value, a->width);
		code->data += a->width;
	}
}

static void emit_access(struct vm *vm, struct code *code, const struct access *a)
{
	switch (a->kind) {
	case ACCESS_OUT:
		emit_dx(code, a);
		emit_op(code, a, 0xb0, 0xb8); /* mov al/ax/eax, value */
		emit(code, a->width, a->value);
		emit_op(code, a, 0xee, 0xef);
		break;
	case ACCESS_IN:
		emit_dx(code, a);
		emit_op(code, a, 0xec, 0xed);
		break;
	case ACCESS_WRITE:
		emit_es_op(code, a, 0xc6, 0xc7); /* mov es:[offset], value */
		emit(code, 1, 0x06);
		emit(code, 2, a->addr - VM_MMIO);
		emit(code, a->width, a->value);
		break;
	case ACCESS_READ:
		emit_es_op(code, a, 0xa0, 0xa1); /* mov al/ax/eax, es:[offset] */
		emit(code, 2, a->addr - VM_MMIO);
		break;
	case ACCESS_OUTS:
		emit_dx(code, a);
		emit(code, 1, 0xbe); /* mov si, data */
		emit(code, 2, code->data);
		fill_data(vm, code, a);
		emit(code, 1, 0xb9); /* mov cx, count */
		emit(code, 2, a->count);
		emit(code, 2, 0xf3fc); /* cld; rep */
		emit_op(code, a, 0x6e, 0x6f);
		break;
	case ACCESS_LOOP:
		emit(code, 1, 0xbd); /* mov bp, count */
		emit(code, 2, a->count);
		code->loop = code->at;
		break;
	case ACCESS_END:
		REQUIRE(code->loop, "END without LOOP");
		emit(code, 1, 0x4d); /* dec bp */
		emit(code, 2, 0x850f); /* jnz loop */
		emit(code, 2, code->loop - (code->at + 2));
		break;
	case ACCESS_HLT:
		emit(code, 1, 0xf4);
		break;
	}
}

void vm_load(struct vm *vm, const struct access *program, int count)
{
	struct code code = { .at = vm->ram + CODE, .end = vm->ram + VM_DATA,
			     .data = VM_DATA };
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	int i;

	/*
	 * After an exit for OUT, KVM may still have to skip the instruction, and
	 * does so at the next KVM_RUN (x86.c: complete_fast_pio_out). Let it,
	 * before the registers change under it.
	 */
	if (vm->runs) {
		vm->run->immediate_exit = 1;
		ioctl(vm->vcpu, KVM_RUN, 0);
		vm->run->immediate_exit = 0;
	}
	for (i = 0; i < count; i++)
		emit_access(vm, &code, &program[i]);
	emit(&code, 1, 0xf4);
	REQUIRE(!ioctl(vm->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS: %s", strerror(errno));
}

int vm_run(struct vm *vm)
{
	int result = ioctl(vm->vcpu, KVM_RUN, 0);

	vm->runs++;
	if (result < 0)
		return -errno;
	if (vm->run->exit_reason == KVM_EXIT_IO && vm->run->io.direction == KVM_EXIT_IO_IN)
		memset((uint8_t *)vm->run + vm->run->io.data_offset, 0,
		       vm->run->io.size * vm->run->io.count);
	if (vm->run->exit_reason == KVM_EXIT_MMIO && !vm->run->mmio.is_write)
		memset(vm->run->mmio.data, 0, sizeof(vm->run->mmio.data));
	return vm->run->exit_reason;
}

static void access_text(char *text, size_t size, const struct access *a)
{
	unsigned long long addr = a->addr, value = a->value;
	unsigned int bits = a->width * 8;

	switch (a->kind) {
	case ACCESS_OUT:
		snprintf(text, size, "out%u 0x%llx 0x%llx", bits, addr, value);
		break;
	case ACCESS_IN:
		snprintf(text, size, "in%u 0x%llx", bits, addr);
		break;
	case ACCESS_WRITE:
		snprintf(text, size, "write%u 0x%llx 0x%llx", bits, addr, value);
		break;
	case ACCESS_READ:
		snprintf(text, size, "read%u 0x%llx", bits, addr);
		break;
	case ACCESS_HLT:
		snprintf(text, size, "hlt");
		break;
	default:
		snprintf(text, size, "something that is no exit");
		break;
	}
}

/* What the last KVM_RUN came back for; 0 when it is no access. */
static int last_exit(struct vm *vm, struct access *got)
{
	struct kvm_run *run = vm->run;

	memset(got, 0, sizeof(*got));
	got->count = 1;
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		got->kind = run->io.direction == KVM_EXIT_IO_OUT ? ACCESS_OUT : ACCESS_IN;
		got->width = run->io.size;
		got->addr = run->io.port;
		got->count = run->io.count;
		if (got->kind == ACCESS_OUT)
			memcpy(&got->value, (uint8_t *)run + run->io.data_offset, got->width);
		return 1;
	case KVM_EXIT_MMIO:
		got->kind = run->mmio.is_write ? ACCESS_WRITE : ACCESS_READ;
		got->width = run->mmio.len;
		got->addr = run->mmio.phys_addr;
		if (run->mmio.is_write && got->width <= sizeof(got->value))
			memcpy(&got->value, run->mmio.data, got->width);
		return 1;
	case KVM_EXIT_HLT:
		got->kind = ACCESS_HLT;
		return 1;
	default:
		return 0;
	}
}

void expect_exit(const char *file, int line, struct vm *vm, struct access wanted)
{
	char want[64], have[64];
	struct access got;
	int reason = vm_run(vm);

	access_text(want, sizeof(want), &wanted);
	if (reason < 0) {
		ktap_fail(file, line, "expected an exit for %s, KVM_RUN gave %s", want,
			  errno_text(-reason));
		ktap_stop();
	}
	if (!last_exit(vm, &got)) {
		ktap_fail(file, line, "expected an exit for %s, got exit reason %d", want, reason);
		ktap_stop();
	}
	access_text(have, sizeof(have), &got);
	if (strcmp(want, have)) {
		ktap_fail(file, line, "expected an exit for %s, got one for %s", want, have);
		ktap_stop();
	}
}
