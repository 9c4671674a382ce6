// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "zone.h"

_Static_assert(sizeof(struct zone) == 16, "the zone of existing binaries");
_Static_assert(sizeof(struct ring_entry) == 24, "the entry of existing binaries");

int zone_register(struct vm *vm, uint64_t addr, uint32_t size, uint32_t pio)
{
	struct zone zone = { .addr = addr, .size = size, .pio = pio };

	return vm_ioctl(vm, ZONE_REGISTER, &zone);
}

int zone_unregister(struct vm *vm, uint64_t addr, uint32_t size, uint32_t pio)
{
	struct zone zone = { .addr = addr, .size = size, .pio = pio };

	return vm_ioctl(vm, ZONE_UNREGISTER, &zone);
}

struct ring *zone_ring(struct vm *vm)
{
	size_t page = getpagesize();

	REQUIRE(vm->run_size >= (RING_PAGE + 1) * page, "the vCPU mapping has no ring page");
	return (struct ring *)((uint8_t *)vm_vcpu(vm)->run + RING_PAGE * page);
}

uint32_t ring_pending(struct ring *ring)
{
	return (ring->last + RING_SLOTS - ring->first) % RING_SLOTS;
}

void need_capability(struct vm *vm, int capability, const char *name)
{
	int value = vm_cap(vm, capability);

	if (value <= 0)
		ktap_skip("%s (%d) is not reported by this kernel", name, capability);
}

void expect_ring(const char *file, int line, struct vm *vm, const struct entry *wanted,
		 uint32_t count)
{
	struct ring *ring = zone_ring(vm);
	uint32_t pending = ring_pending(ring);
	uint32_t i;

	if (pending != count)
		ktap_fail(file, line, "expected %u ring entries, got %u", count, pending);
	for (i = 0; i < count && i < pending; i++) {
		struct ring_entry *got = &ring->entry[(ring->first + i) % RING_SLOTS];
		uint64_t value = 0;

		if (got->len <= sizeof(value))
			memcpy(&value, got->data, got->len);
		if (got->addr == wanted[i].addr && got->len == wanted[i].len &&
		    got->pio == wanted[i].pio && value == wanted[i].value)
			continue;
		ktap_fail(file, line,
			  "ring entry %u: expected addr 0x%llx len %u pio %u value 0x%llx, "
			  "got addr 0x%llx len %u pio %u value 0x%llx",
			  i, (unsigned long long)wanted[i].addr, wanted[i].len, wanted[i].pio,
			  (unsigned long long)wanted[i].value, (unsigned long long)got->addr,
			  got->len, got->pio, (unsigned long long)value);
	}
}

void ring_drain(struct vm *vm)
{
	struct ring *ring = zone_ring(vm);

	ring->first = ring->last;
}

void ring_start(struct vm *vm, uint32_t at)
{
	struct ring *ring = zone_ring(vm);

	ring->first = at;
	ring->last = at;
}

uint32_t ring_fill(struct vm *vm, uint32_t start, uint32_t pio)
{
	struct ring *ring = zone_ring(vm);
	uint64_t addr = pio ? 0x70 : VM_MMIO;
	uint32_t pending, i;
	int reason;

	EXPECT_RESULT(0, zone_register(vm, addr, 1, pio));
	ring_start(vm, start);
	if (pio)
		vm_guest(vm, LOOP(200), OUT8(0x70, 0x42), END);
	else
		vm_guest(vm, LOOP(200), WRITE8(VM_MMIO, 0x42), END);
	reason = vm_run(vm);
	REQUIRE(reason == (pio ? KVM_EXIT_IO : KVM_EXIT_MMIO),
		"expected the write that found no room to exit, got exit reason %d", reason);
	pending = ring_pending(ring);
	EXPECT(ring->first == start, "first went from %u to %u", start, ring->first);
	EXPECT(ring->last < RING_SLOTS, "last is %u", ring->last);
	for (i = 0; i < pending; i++) {
		struct ring_entry *got = &ring->entry[(start + i) % RING_SLOTS];

		REQUIRE(got->addr == addr && got->len == 1 && got->pio == pio &&
			got->data[0] == 0x42, "entry %u is not the write", i);
	}
	return pending;
}

void expect_zone_limit(const char *file, int line, struct vm *vm, uint32_t pio, int limit,
		       int result)
{
	int made, error = 0;

	for (made = 0; made <= limit && !error; made += !error)
		error = zone_register(vm, 0x100 + made, 1, pio);
	if (made != limit || error != result)
		ktap_fail(file, line, "expected %d zones and then %s, got %d and then %s", limit,
			  errno_text(result), made, errno_text(error));
}

void expect_old_binary(const char *file, int line, struct vm *vm, uint64_t addr, uint32_t size,
		       uint32_t padding)
{
	int error = zone_register(vm, addr, size, padding);
	int reason;

	if (error == EINVAL) {
		ktap_note("padding 0x%x is refused: the caller loses the optimization, no more",
			  padding);
		return;
	}
	if (error) {
		ktap_fail(file, line, "padding 0x%x: expected success or EINVAL, got %s", padding,
			  errno_text(error));
		return;
	}
	vm_guest(vm, WRITE8(VM_MMIO, 0x42));
	reason = vm_run(vm);
	if (reason == KVM_EXIT_HLT && ring_pending(zone_ring(vm)) == 1)
		return;
	ktap_fail(file, line,
		  "padding 0x%x: registering succeeded, but a write to the MMIO zone exits "
		  "(reason %d): the zone went silently to another bus", padding, reason);
}
