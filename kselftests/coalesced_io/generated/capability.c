// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel reports, and where the ring is.
 *
 * Generated from capability.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/*
 * KVM_CAP_COALESCED_MMIO is the page of the vCPU mapping that holds the ring, on the VM and
 * on /dev/kvm.
 */
static void mmio_capability_is_the_ring_page(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT(vm_cap(&vm, KVM_CAP_COALESCED_MMIO) == RING_PAGE,
	       "expected KVM_CAP_COALESCED_MMIO to be %d, got %d", RING_PAGE,
	       vm_cap(&vm, KVM_CAP_COALESCED_MMIO));
	EXPECT(vm_system_cap(&vm, KVM_CAP_COALESCED_MMIO) == RING_PAGE,
	       "expected KVM_CAP_COALESCED_MMIO on /dev/kvm to be %d, got %d", RING_PAGE,
	       vm_system_cap(&vm, KVM_CAP_COALESCED_MMIO));
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* KVM_CAP_COALESCED_PIO is exactly 1, on the VM and on /dev/kvm. */
static void pio_capability_is_one(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT(vm_cap(&vm, KVM_CAP_COALESCED_PIO) == 1,
	       "expected KVM_CAP_COALESCED_PIO to be 1, got %d",
	       vm_cap(&vm, KVM_CAP_COALESCED_PIO));
	EXPECT(vm_system_cap(&vm, KVM_CAP_COALESCED_PIO) == 1,
	       "expected KVM_CAP_COALESCED_PIO on /dev/kvm to be 1, got %d",
	       vm_system_cap(&vm, KVM_CAP_COALESCED_PIO));
	vm_destroy(&vm);
}

/* A vCPU maps its run page, its port data where there are ports, and the ring. */
static void mapping_ends_with_the_ring(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT(vm.run_size == (RING_PAGE + 1) * (size_t)getpagesize(),
	       "expected %d pages, got %zu bytes", RING_PAGE + 1, vm.run_size);
	vm_destroy(&vm);
}

/* Every vCPU maps the same ring. */
static void one_ring_for_all_vcpus(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_SAME_RING(&vm, 1);
	EXPECT_SAME_RING(&vm, 3);
	vm_destroy(&vm);
}

/* The ring of a new VM is all zero. */
static void a_new_ring_is_zero(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RING_ZERO(&vm);
	vm_destroy(&vm);
}

/* Entries are still there after munmap and mmap. */
static void ring_survives_its_mapping(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	vm_guest(&vm, WRITE32(0x10000, 0x12345678));
	EXPECT_EXIT(&vm, HLT);
	vm_remap(&vm);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 4, 0x12345678));
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "mmio_capability_is_the_ring_page", mmio_capability_is_the_ring_page, NULL },
		{ "pio_capability_is_one", pio_capability_is_one, NULL },
		{ "mapping_ends_with_the_ring", mapping_ends_with_the_ring,
		  "KVM may map more" },
		{ "one_ring_for_all_vcpus", one_ring_for_all_vcpus, NULL },
		{ "a_new_ring_is_zero", a_new_ring_is_zero, NULL },
		{ "ring_survives_its_mapping", ring_survives_its_mapping, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
