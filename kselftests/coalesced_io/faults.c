// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens when memory runs out, and whether all of it comes back.
 *
 * Allocations fail one after the other by /proc/thread-self/fail-nth
 * (Documentation/fault-injection/fault-injection.rst), which needs
 * CONFIG_FAILSLAB and debugfs; without them the tests are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zone.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define FAILSLAB "/sys/kernel/debug/failslab/"
#define ROUNDS 1500
#define LEAK_KIB 256 /* a leak of ROUNDS objects is more, the noise of the guest less */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int good;

	if (fd < 0)
		return 0;
	good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return good;
}

/* Kept open, so that looking at it allocates nothing. */
static int fail_nth;

static void need_fault_injection(void)
{
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		ktap_skip("no %s: the kernel has no fault injection", FAIL_NTH);
	if (!write_file(FAILSLAB "ignore-gfp-wait", "N"))
		ktap_skip("cannot write below %s: no failslab, or no debugfs", FAILSLAB);
	write_file(FAILSLAB "verbose", "0");
}

/* Lets the nth allocation of this thread fail; 1 is the next one, 0 none. */
static void fail_allocation(int nth)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", nth);

	REQUIRE(pwrite(fail_nth, text, size, 0) == size, "%s: %s", FAIL_NTH, strerror(errno));
}

/* Ends it, and says whether an allocation was made to fail. */
static int allocation_failed(void)
{
	char text[16] = "";
	int left;

	REQUIRE(pread(fail_nth, text, sizeof(text) - 1, 0) > 0, "%s: %s", FAIL_NTH,
		strerror(errno));
	left = atoi(text);
	fail_allocation(0);
	return left == 0;
}

static void expect_writes_recorded(struct vm *vm, uint64_t addr, int recorded)
{
	int reason;

	ring_start(vm, 0);
	vm_guest(vm, WRITE8(addr, 0x42));
	reason = vm_run(vm);
	EXPECT(reason == (recorded ? KVM_EXIT_HLT : KVM_EXIT_MMIO) &&
	       ring_pending(zone_ring(vm)) == (uint32_t)recorded,
	       "a write to 0x%llx: exit reason %d, %u entries", (unsigned long long)addr, reason,
	       ring_pending(zone_ring(vm)));
}

static void register_without_memory(void)
{
	struct vm vm;
	int nth, result, refused = 0, failed = 1;

	need_fault_injection();
	zone_vm(&vm);
	vm_vcpu(&vm);
	for (nth = 1; failed && nth < 20; nth++) {
		fail_allocation(nth);
		result = zone_register(&vm, VM_MMIO, 1, MMIO);
		failed = allocation_failed();
		/* It may have been an allocation of the kernel's own debugging. */
		EXPECT(!result || (failed && result == ENOMEM),
		       "allocation %d %s, and registering gave %s", nth,
		       failed ? "failed" : "did not fail", errno_text(result));
		expect_writes_recorded(&vm, VM_MMIO, !result);
		refused += result == ENOMEM;
		if (!result)
			EXPECT_RESULT(0, zone_unregister(&vm, VM_MMIO, 1, MMIO));
	}
	EXPECT(refused, "no allocation that failed was noticed");
	vm_destroy(&vm);
}

/*
 * A bus that cannot be made smaller is taken away whole, with all its devices
 * (f65886606c2d); what is left of the zones must not be touched again
 * (CVE-2021-47060).
 */
static void unregister_without_memory(void)
{
	struct vm vm;
	int i;

	need_fault_injection();
	zone_vm(&vm);
	for (i = 0; i < 8; i++)
		EXPECT_RESULT(0, zone_register(&vm, VM_MMIO, 4, MMIO));
	fail_allocation(1);
	EXPECT_RESULT(0, zone_unregister(&vm, VM_MMIO, 4, MMIO));
	EXPECT(allocation_failed(), "unregistering allocates nothing");
	expect_writes_recorded(&vm, VM_MMIO, 0);
	EXPECT_RESULT(0, zone_unregister(&vm, VM_MMIO, 4, MMIO));
	EXPECT_RESULT(ENOMEM, zone_register(&vm, VM_MMIO, 4, MMIO));
	vm_destroy(&vm);
}

static void unregister_ports_without_memory(void)
{
	struct vm vm;
	int i;

	need_fault_injection();
	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	for (i = 0; i < 8; i++)
		EXPECT_RESULT(0, zone_register(&vm, 0x70, 4, PIO));
	EXPECT_RESULT(0, zone_register(&vm, VM_MMIO, 4, MMIO));
	fail_allocation(1);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x70, 1, PIO));
	EXPECT(allocation_failed(), "unregistering allocates nothing");
	EXPECT_RESULT(ENOMEM, zone_register(&vm, 0x70, 4, PIO));
	expect_writes_recorded(&vm, VM_MMIO, 1);
	EXPECT_RESULT(0, zone_unregister(&vm, VM_MMIO, 4, MMIO));
	vm_destroy(&vm);
}

/* With KASAN or kmemleak frees are delayed, and kmemleak tells better what is lost. */
static void need_plain_kernel(void)
{
	char line[256];
	FILE *symbols = fopen("/proc/kallsyms", "r");

	while (symbols && fgets(line, sizeof(line), symbols))
		if (strstr(line, " kasan_report\n") || strstr(line, " kmemleak_alloc\n"))
			ktap_skip("a debugging kernel frees memory later");
	if (symbols)
		fclose(symbols);
}

/* Kernel memory that cannot be reclaimed, in KiB; only settled memory can be compared. */
static long kernel_memory(void)
{
	long kib = -1;
	char line[128];
	FILE *info;

	usleep(20000); /* frees wait for a grace period */
	info = fopen("/proc/meminfo", "r");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "SUnreclaim: %ld", &kib) == 1)
			break;
	if (info)
		fclose(info);
	if (kib < 0)
		ktap_skip("/proc/meminfo has no SUnreclaim");
	return kib;
}

static void register_and_unregister(struct vm *vm, int rounds)
{
	int i;

	for (i = 0; i < rounds; i++) {
		zone_register(vm, VM_MMIO, 4, MMIO);
		zone_unregister(vm, VM_MMIO, 4, MMIO);
	}
}

static void zones_give_memory_back(void)
{
	long before, grown;
	struct vm vm;

	need_plain_kernel();
	zone_vm(&vm);
	register_and_unregister(&vm, 50);
	before = kernel_memory();
	register_and_unregister(&vm, ROUNDS);
	grown = kernel_memory() - before;
	EXPECT(grown < LEAK_KIB, "%d zones came and went, and %ld KiB did not", ROUNDS, grown);
	vm_destroy(&vm);
}

static void refused_zones_give_memory_back(void)
{
	long before, grown;
	struct vm vm;
	int i;

	need_plain_kernel();
	zone_vm(&vm);
	expect_zone_limit(__FILE__, __LINE__, &vm, MMIO, 1000, ENOSPC);
	before = kernel_memory();
	for (i = 0; i < ROUNDS; i++)
		zone_register(&vm, VM_MMIO, 4, MMIO);
	for (i = 0; i < ROUNDS; i++)
		zone_register(&vm, VM_MMIO, 4, 2);
	grown = kernel_memory() - before;
	EXPECT(grown < LEAK_KIB, "%d zones were refused, and %ld KiB are gone", 2 * ROUNDS, grown);
	vm_destroy(&vm);
}

static void make_and_leave_zones(int rounds)
{
	struct vm vm;
	int i, j;

	for (i = 0; i < rounds; i++) {
		zone_vm(&vm);
		for (j = 0; j < 100; j++)
			zone_register(&vm, VM_MMIO + j, 1, j % 2);
		vm_destroy(&vm);
	}
}

static void a_vm_takes_its_zones_along(void)
{
	long before, grown;

	need_plain_kernel();
	make_and_leave_zones(2);
	before = kernel_memory();
	make_and_leave_zones(ROUNDS / 100);
	grown = kernel_memory() - before;
	EXPECT(grown < LEAK_KIB, "%d VMs with 100 zones each left %ld KiB behind", ROUNDS / 100,
	       grown);
}

/* The zones of a bus that went as a whole are freed too (f65886606c2d). */
static void a_bus_that_goes_gives_memory_back(void)
{
	long before, grown;
	struct vm vm;
	int i, j;

	need_fault_injection();
	need_plain_kernel();
	make_and_leave_zones(2);
	before = kernel_memory();
	for (i = 0; i < ROUNDS / 50; i++) {
		zone_vm(&vm);
		for (j = 0; j < 200; j++)
			zone_register(&vm, VM_MMIO, 1, MMIO);
		fail_allocation(1);
		zone_unregister(&vm, VM_MMIO, 1, MMIO);
		fail_allocation(0);
		vm_destroy(&vm);
	}
	grown = kernel_memory() - before;
	EXPECT(grown < LEAK_KIB, "%d buses of 200 zones went, and %ld KiB did not", ROUNDS / 50,
	       grown);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "register_without_memory", register_without_memory, NULL },
		{ "unregister_without_memory", unregister_without_memory, NULL },
		{ "unregister_ports_without_memory", unregister_ports_without_memory, NULL },
		{ "zones_give_memory_back", zones_give_memory_back, NULL },
		{ "refused_zones_give_memory_back", refused_zones_give_memory_back, NULL },
		{ "a_vm_takes_its_zones_along", a_vm_takes_its_zones_along, NULL },
		{ "a_bus_that_goes_gives_memory_back", a_bus_that_goes_gives_memory_back, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
