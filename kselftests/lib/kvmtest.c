// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "kvmcode.h"

#define SIGNAL_AFTER_US 50000

const char *errno_text(int error)
{
	static const struct {
		int error;
		const char *text;
	} names[] = {
		{ 0, "success" }, { EINVAL, "EINVAL" }, { EFAULT, "EFAULT" },
		{ ENOSPC, "ENOSPC" }, { ENOMEM, "ENOMEM" }, { ENOTTY, "ENOTTY" },
		{ ENOENT, "ENOENT" }, { EEXIST, "EEXIST" }, { EBUSY, "EBUSY" },
		{ EPERM, "EPERM" }, { EIO, "EIO" }, { EOPNOTSUPP, "EOPNOTSUPP" },
		{ EINTR, "EINTR" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].error == error)
			return names[i].text;
	return strerror(error);
}

void vm_create(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = VM_RAM_SIZE,
	};
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
	vm->slots = 1;
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	REQUIRE(size >= (int)sizeof(struct kvm_run), "KVM_GET_VCPU_MMAP_SIZE gave %d", size);
	vm->run_size = size;
}

void vm_destroy(struct vm *vm)
{
	int i;

	for (i = 0; i < VM_VCPUS; i++) {
		if (!vm->vcpus[i].fd)
			continue;
		munmap(vm->vcpus[i].run, vm->run_size);
		close(vm->vcpus[i].fd);
	}
	if (vm->event)
		close(vm->event);
	munmap(vm->ram, VM_RAM_SIZE);
	close(vm->fd);
	close(vm->kvm);
}

static void map_vcpu(struct vm *vm, struct vcpu *vcpu)
{
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	REQUIRE(vcpu->run != MAP_FAILED, "mmap of the vCPU: %s", strerror(errno));
}

static void create_vcpu(struct vm *vm, int cpu)
{
	struct vcpu *vcpu = &vm->vcpus[cpu];

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, cpu);
	REQUIRE(vcpu->fd >= 0, "KVM_CREATE_VCPU: %s", strerror(errno));
	map_vcpu(vm, vcpu);
	machine_vcpu(vm, vcpu, cpu);
}

struct vcpu *vm_vcpu(struct vm *vm)
{
	if (!vm->vcpus[vm->cpu].fd)
		create_vcpu(vm, vm->cpu);
	return &vm->vcpus[vm->cpu];
}

void vm_select(struct vm *vm, int cpu)
{
	vm->cpu = cpu;
	vm_vcpu(vm);
}

void vm_memory(struct vm *vm, uint64_t addr, uint64_t size, uint32_t flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.slot = vm->slots++,
		.flags = flags,
		.guest_phys_addr = addr,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	if (flags & KVM_MEM_READONLY && vm_cap(vm, KVM_CAP_READONLY_MEM) <= 0)
		ktap_skip("KVM_CAP_READONLY_MEM is not reported by this kernel");
	REQUIRE(memory != MAP_FAILED, "mmap: %s", strerror(errno));
	REQUIRE(!vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region),
		"KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
}

void vm_ioeventfd(struct vm *vm, uint32_t flags, uint64_t addr, uint32_t size)
{
	struct kvm_ioeventfd args = { .addr = addr, .len = size, .flags = flags };

	vm->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	REQUIRE(vm->event > 0, "eventfd: %s", strerror(errno));
	args.fd = vm->event;
	REQUIRE(!vm_ioctl(vm, KVM_IOEVENTFD, &args), "KVM_IOEVENTFD: %s", strerror(errno));
}

uint64_t vm_events(struct vm *vm)
{
	uint64_t count = 0;

	if (read(vm->event, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

void vm_single_step(struct vm *vm)
{
	struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP,
	};

	REQUIRE(!ioctl(vm_vcpu(vm)->fd, KVM_SET_GUEST_DEBUG, &debug), "KVM_SET_GUEST_DEBUG: %s",
		strerror(errno));
}

void vm_remap(struct vm *vm)
{
	struct vcpu *vcpu = vm_vcpu(vm);

	munmap(vcpu->run, vm->run_size);
	map_vcpu(vm, vcpu);
}

int vm_cap(struct vm *vm, int capability)
{
	return ioctl(vm->fd, KVM_CHECK_EXTENSION, capability);
}

int vm_system_cap(struct vm *vm, int capability)
{
	return ioctl(vm->kvm, KVM_CHECK_EXTENSION, capability);
}

int vm_ioctl(struct vm *vm, unsigned long request, void *argument)
{
	return ioctl(vm->fd, request, argument) < 0 ? errno : 0;
}

static int enter_and_leave(struct vcpu *vcpu)
{
	int result;

	vcpu->run->immediate_exit = 1;
	result = ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
	return result < 0 ? -errno : 0;
}

void vm_load(struct vm *vm, const struct access *program, int count)
{
	struct vcpu *vcpu = vm_vcpu(vm);

	/*
	 * After an exit for OUT, KVM may still have to skip the instruction, and
	 * does so at the next KVM_RUN (x86.c: complete_fast_pio_out). Let it,
	 * before the registers change under it.
	 */
	if (vcpu->runs)
		enter_and_leave(vcpu);
	machine_start(vcpu, vm_encode(vm, vm->cpu, program, count));
}

int vm_run(struct vm *vm)
{
	struct vcpu *vcpu = vm_vcpu(vm);
	int result = ioctl(vcpu->fd, KVM_RUN, 0);
	struct access got;

	vcpu->runs++;
	if (result < 0)
		return -errno;
	vm_last_exit(vm, &got);
	return got.kind == ACCESS_HLT ? KVM_EXIT_HLT : (int)vcpu->run->exit_reason;
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
	case ACCESS_DEBUG:
		snprintf(text, size, "one step");
		break;
	case ACCESS_EINTR:
		snprintf(text, size, "a signal");
		break;
	default:
		snprintf(text, size, "something that is no exit");
		break;
	}
}

int vm_last_exit(struct vm *vm, struct access *got)
{
	struct kvm_run *run = vm_vcpu(vm)->run;

	memset(got, 0, sizeof(*got));
	got->count = 1;
	if (machine_exit(run, got))
		return 1;
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		got->kind = run->mmio.is_write ? ACCESS_WRITE : ACCESS_READ;
		got->width = run->mmio.len;
		got->addr = run->mmio.phys_addr;
		if (!run->mmio.is_write)
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
		else if (got->width <= sizeof(got->value))
			memcpy(&got->value, run->mmio.data, got->width);
		return 1;
	case KVM_EXIT_DEBUG:
		got->kind = ACCESS_DEBUG;
		return 1;
	case KVM_EXIT_INTR:
		got->kind = ACCESS_EINTR;
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
	if (!vm_last_exit(vm, &got)) {
		ktap_fail(file, line, "expected an exit for %s, got exit reason %d", want, reason);
		ktap_stop();
	}
	access_text(have, sizeof(have), &got);
	if (strcmp(want, have) || got.count != 1) {
		ktap_fail(file, line, "expected an exit for %s, got %u for %s", want, got.count,
			  have);
		ktap_stop();
	}
}

static void on_alarm(int signal)
{
	(void)signal;
}

void expect_no_exit(const char *file, int line, struct vm *vm)
{
	/* Repeated: the first may come before KVM_RUN has begun. */
	const struct itimerval after = {
		.it_value.tv_usec = SIGNAL_AFTER_US, .it_interval.tv_usec = SIGNAL_AFTER_US,
	};
	const struct itimerval never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm };
	int result;

	vm_vcpu(vm);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &after, NULL);
	result = vm_run(vm);
	setitimer(ITIMER_REAL, &never, NULL);
	if (result != -EINTR) {
		ktap_fail(file, line, "expected no exit before a signal, got %s %d",
			  result < 0 ? "errno" : "exit reason", result < 0 ? -result : result);
		ktap_stop();
	}
}

void expect_immediate_exit(const char *file, int line, struct vm *vm)
{
	int result = enter_and_leave(vm_vcpu(vm));

	if (result != -EINTR)
		ktap_fail(file, line, "immediate_exit: expected EINTR, got %s",
			  errno_text(-result));
}
