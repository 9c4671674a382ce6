// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What KVM_REGISTER_COALESCED_MMIO and KVM_UNREGISTER_COALESCED_MMIO return.
 *
 * Generated from register.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* Zones register as MMIO zones, twice and overlapping too. */
static void mmio_zones_register(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 4, MMIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x10002, 8, MMIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x8000, 0x1000, MMIO));
	vm_destroy(&vm);
}

/* Zones register as port zones, twice and overlapping too. */
static void pio_zones_register(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 2, PIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x0, 0x10000, PIO));
	vm_destroy(&vm);
}

/* pio is 0 or 1; anything else is refused before anything happens. */
static void register_refuses_other_kinds(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(EINVAL, zone_register(&vm, 0x70, 1, 2));
	EXPECT_RESULT(EINVAL, zone_register(&vm, 0x70, 1, 0x100));
	EXPECT_RESULT(EINVAL, zone_register(&vm, 0x70, 1, 0x80000000u));
	EXPECT_RESULT(EINVAL, zone_register(&vm, 0x70, 1, 0xffffffffu));
	vm_guest(&vm, OUT8(0x70, 0x11));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x11));
	vm_destroy(&vm);
}

/* unregister validates pio as register does, and leaves the zone alone. */
static void unregister_refuses_other_kinds(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	EXPECT_RESULT(EINVAL, zone_unregister(&vm, 0x70, 1, 2));
	EXPECT_RESULT(EINVAL, zone_unregister(&vm, 0x70, 1, 0xffffffffu));
	vm_guest(&vm, OUT8(0x70, 0x11));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x11));
	vm_destroy(&vm);
}

/* A zone that cannot be read is EFAULT. */
static void bad_pointers(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(EFAULT, vm_ioctl(&vm, ZONE_REGISTER, (void *)16));
	EXPECT_RESULT(EFAULT, vm_ioctl(&vm, ZONE_UNREGISTER, (void *)16));
	vm_destroy(&vm);
}

/* The MMIO bus takes 1000 devices, then ENOSPC. */
static void a_thousand_mmio_zones(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_ZONE_LIMIT(&vm, MMIO, 1000, ENOSPC);
	EXPECT_RESULT(0, zone_unregister(&vm, 0x100, 1, MMIO));
	EXPECT_RESULT(0, zone_register(&vm, 0x100, 1, MMIO));
	EXPECT_RESULT(ENOSPC, zone_register(&vm, 0x100, 1, MMIO));
	vm_destroy(&vm);
}

/* The port bus takes 1000 devices of its own, then ENOSPC. */
static void a_thousand_pio_zones(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_ZONE_LIMIT(&vm, PIO, 1000, ENOSPC);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 1, MMIO));
	vm_destroy(&vm);
}

/* A zone without a size registers and never takes a write. */
static void size_zero_registers(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 0, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* A zone over the end of the address space registers and never takes a write. */
static void a_zone_that_wraps_registers(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0xffffffffffffffffull, 2, MMIO));
	EXPECT_RESULT(0, zone_register(&vm, 0xffffffffffffffffull, 0x10002, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, WRITE8(0x10000, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING_EMPTY(&vm);
	vm_destroy(&vm);
}

/* A zone of 2^31 bytes is negative to the bus, and takes whatever lies above its start. */
static void two_gib_catch_everything(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(0, zone_register(&vm, 0x10000, 0x80000000u, MMIO));
	vm_guest(&vm, WRITE8(0x10000, 0x01), WRITE8(0x1fff0, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(MMIO, 0x10000, 1, 0x01), ENTRY(MMIO, 0x1fff0, 1, 0x02));
	vm_destroy(&vm);
}

/* [0, 2^32-1] takes a port, [0x70, 2^32-1] does not. */
static void almost_four_gib(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	EXPECT_RESULT(0, zone_register(&vm, 0x70, 0xffffffffu, PIO));
	vm_guest(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, OUT8(0x70, 0x01));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RESULT(0, zone_register(&vm, 0x0, 0xffffffffu, PIO));
	vm_guest(&vm, OUT8(0x70, 0x02));
	EXPECT_EXIT(&vm, HLT);
	EXPECT_RING(&vm, ENTRY(PIO, 0x70, 1, 0x02));
	vm_destroy(&vm);
}

/* The ioctls are the VM's own: other descriptors and numbers are refused. */
static void only_the_vm_has_it(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(EINVAL, zone_ioctl(vm_vcpu(&vm)->fd, ZONE_REGISTER));
	EXPECT_RESULT(EINVAL, zone_ioctl(vm_vcpu(&vm)->fd, ZONE_UNREGISTER));
	EXPECT_RESULT(EINVAL, zone_ioctl(vm.kvm, ZONE_REGISTER));
	EXPECT_RESULT(NO_IOCTL, zone_ioctl(vm.fd, ZONE_NO_IOCTL));
	vm_destroy(&vm);
}

/* Another process cannot register. */
static void only_the_process_that_made_the_vm(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_RESULT(EIO, zone_register_elsewhere(&vm));
	vm_destroy(&vm);
}

/* With an irqchip and a PIT there is room for 996 port zones and 999 MMIO zones. */
static void in_kernel_devices_count(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_pit(&vm);
	EXPECT_ZONE_LIMIT(&vm, PIO, 996, ENOSPC);
	EXPECT_ZONE_LIMIT(&vm, MMIO, 999, ENOSPC);
	vm_destroy(&vm);
}

/* With an irqchip alone there is room for 997 port zones. */
static void the_irqchip_counts(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_irqchip(&vm);
	EXPECT_ZONE_LIMIT(&vm, PIO, 997, ENOSPC);
	vm_destroy(&vm);
}

/*
 * Whatever a kernel makes of a zone without a size, over the end or of 2^31 bytes and more,
 * a write is recorded or exits.
 */
static void odd_mmio_zones_lose_no_write(void)
{
	struct vm vm;

	zone_vm(&vm);
	zone_register(&vm, 0x10000, 0, MMIO);
	EXPECT_SEEN(&vm, MMIO, 0x10000, 0x11);
	zone_register(&vm, 0x10000, 0x80000000u, MMIO);
	EXPECT_SEEN(&vm, MMIO, 0x10000, 0x12);
	EXPECT_SEEN(&vm, MMIO, 0x1fff0, 0x13);
	zone_register(&vm, 0x10010, 0xffffffffu, MMIO);
	EXPECT_SEEN(&vm, MMIO, 0x10010, 0x14);
	EXPECT_SEEN(&vm, MMIO, 0x1000f, 0x15);
	zone_register(&vm, 0xffffffffffffffffull, 0x10002, MMIO);
	EXPECT_SEEN(&vm, MMIO, 0x10000, 0x16);
	vm_destroy(&vm);
}

/* The same of ports. */
static void odd_port_zones_lose_no_write(void)
{
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	zone_register(&vm, 0x70, 0, PIO);
	EXPECT_SEEN(&vm, PIO, 0x70, 0x11);
	zone_register(&vm, 0x70, 0x80000000u, PIO);
	EXPECT_SEEN(&vm, PIO, 0x70, 0x12);
	EXPECT_SEEN(&vm, PIO, 0x6f, 0x13);
	zone_register(&vm, 0x60, 0xffffffffu, PIO);
	EXPECT_SEEN(&vm, PIO, 0x61, 0x14);
	zone_register(&vm, 0xffffffffffffffffull, 0x72, PIO);
	EXPECT_SEEN(&vm, PIO, 0x50, 0x15);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "mmio_zones_register", mmio_zones_register, NULL },
		{ "pio_zones_register", pio_zones_register, NULL },
		{ "register_refuses_other_kinds", register_refuses_other_kinds, NULL },
		{ "unregister_refuses_other_kinds", unregister_refuses_other_kinds, NULL },
		{ "bad_pointers", bad_pointers, NULL },
		{ "a_thousand_mmio_zones", a_thousand_mmio_zones, NULL },
		{ "a_thousand_pio_zones", a_thousand_pio_zones, NULL },
		{ "size_zero_registers", size_zero_registers,
		  "a kernel may refuse it" },
		{ "a_zone_that_wraps_registers", a_zone_that_wraps_registers,
		  "a kernel may refuse it" },
		{ "two_gib_catch_everything", two_gib_catch_everything,
		  "nobody wants this: docs/found.md" },
		{ "almost_four_gib", almost_four_gib,
		  "nobody wants this: docs/found.md" },
		{ "only_the_vm_has_it", only_the_vm_has_it, NULL },
		{ "only_the_process_that_made_the_vm", only_the_process_that_made_the_vm, NULL },
		{ "in_kernel_devices_count", in_kernel_devices_count,
		  "KVM may have more or fewer devices of its own" },
		{ "the_irqchip_counts", the_irqchip_counts,
		  "KVM may have more or fewer devices of its own" },
		{ "odd_mmio_zones_lose_no_write", odd_mmio_zones_lose_no_write, NULL },
		{ "odd_port_zones_lose_no_write", odd_port_zones_lose_no_write, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
