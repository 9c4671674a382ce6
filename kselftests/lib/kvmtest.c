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

#include "kvmtest.h"

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

void vm_long_mode(struct vm *vm)
{
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

/* All that KVM can do: newer ones refuse long mode to a vCPU whose CPUID lacks it. */
static void set_cpuid(struct vm *vm, struct vcpu *vcpu)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[MAX_CPUID];
	} cpuid = { .head.nent = MAX_CPUID };

	REQUIRE(!ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID: %s",
		strerror(errno));
	REQUIRE(!ioctl(vcpu->fd, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2: %s", strerror(errno));
}

static void map_vcpu(struct vm *vm, struct vcpu *vcpu)
{
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	REQUIRE(vcpu->run != MAP_FAILED, "mmap of the vCPU: %s", strerror(errno));
}

static void create_vcpu(struct vm *vm, int cpu)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct vcpu *vcpu = &vm->vcpus[cpu];
	struct kvm_sregs sregs;

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, cpu);
	REQUIRE(vcpu->fd >= 0, "KVM_CREATE_VCPU: %s", strerror(errno));
	map_vcpu(vm, vcpu);
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
	struct kvm_regs regs = { .rflags = 2 };

	/*
	 * After an exit for OUT, KVM may still have to skip the instruction, and
	 * does so at the next KVM_RUN (x86.c: complete_fast_pio_out). Let it,
	 * before the registers change under it.
	 */
	if (vcpu->runs)
		enter_and_leave(vcpu);
	regs.rip = vm_encode(vm, vm->cpu, program, count);
	REQUIRE(!ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS: %s", strerror(errno));
}

int vm_run(struct vm *vm)
{
	struct vcpu *vcpu = vm_vcpu(vm);
	struct kvm_run *run = vcpu->run;
	int result = ioctl(vcpu->fd, KVM_RUN, 0);

	vcpu->runs++;
	if (result < 0)
		return -errno;
	if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_IN)
		memset((uint8_t *)run + run->io.data_offset, 0, run->io.size * run->io.count);
	if (run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	return run->exit_reason;
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
