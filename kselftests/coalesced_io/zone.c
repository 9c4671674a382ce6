// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zone.h"

_Static_assert(sizeof(struct zone) == 16, "the zone of existing binaries");
_Static_assert(sizeof(struct ring_entry) == 24, "the entry of existing binaries");

int zone_register(struct vm *vm, uint64_t addr, uint32_t size, uint32_t pio)
{
	struct zone zone = { .addr = addr, .size = size, .pio = pio };

	/*
	 * The vCPU comes first: made later, it would get the memory of a zone that
	 * was freed, and a use after free would not meet the poison.
	 */
	vm_vcpu(vm);
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

void zone_vm(struct vm *vm)
{
	vm_create(vm);
	NEED(vm, KVM_CAP_COALESCED_MMIO);
}

int zone_ioctl(int fd, unsigned long request)
{
	struct zone zone = { .addr = VM_MMIO, .size = 1 };

	return ioctl(fd, request, &zone) < 0 ? errno : 0;
}

int zone_register_elsewhere(struct vm *vm)
{
	int status = 0;
	pid_t pid;

	vm_vcpu(vm);
	pid = fork();
	if (pid == 0)
		_exit(zone_register(vm, VM_MMIO, 1, MMIO));
	REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid, "fork: %s", strerror(errno));
	return WEXITSTATUS(status);
}

static void expect_entries(const char *file, int line, struct ring *ring, uint32_t start,
			   const struct entry *wanted, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct ring_entry *got = &ring->entry[(start + i) % RING_SLOTS];
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

void expect_ring(const char *file, int line, struct vm *vm, const struct entry *wanted,
		 uint32_t count)
{
	struct ring *ring = zone_ring(vm);
	uint32_t pending = ring_pending(ring);

	if (pending != count)
		ktap_fail(file, line, "expected %u ring entries, got %u", count, pending);
	expect_entries(file, line, ring, ring->first, wanted, pending < count ? pending : count);
}

void expect_newest(const char *file, int line, struct vm *vm, const struct entry *wanted,
		   uint32_t count)
{
	struct ring *ring = zone_ring(vm);

	expect_entries(file, line, ring, ring->last + RING_SLOTS - count, wanted, count);
}

void expect_newest_data(const char *file, int line, struct vm *vm, uint64_t data)
{
	struct ring *ring = zone_ring(vm);
	uint64_t got;

	memcpy(&got, ring->entry[(ring->last + RING_SLOTS - 1) % RING_SLOTS].data, sizeof(got));
	if (got != data)
		ktap_fail(file, line, "expected data 0x%016llx, got 0x%016llx",
			  (unsigned long long)data, (unsigned long long)got);
}

void expect_seen(const char *file, int line, struct vm *vm, uint32_t pio, uint64_t addr,
		 uint8_t value)
{
	struct access write = WRITE8(addr, value), out = OUT8(addr, value), got;
	struct access wanted = pio == PIO ? out : write;
	struct ring *ring = zone_ring(vm);
	int exits, recorded;

	ring_start(vm, 0);
	vm_load(vm, &wanted, 1);
	vm_run(vm);
	exits = vm_last_exit(vm, &got) && got.kind == wanted.kind && got.addr == addr &&
		got.value == value;
	if (exits)
		vm_run(vm);
	recorded = ring_pending(ring) == 1 && ring->entry[0].addr == addr &&
		   ring->entry[0].len == 1 && ring->entry[0].data[0] == value;
	if (exits + recorded != 1 || ring_pending(ring) > 1)
		ktap_fail(file, line, "a write of 0x%02x to 0x%llx: %s, %u entries", value,
			  (unsigned long long)addr, exits ? "it exits" : "it does not exit",
			  ring_pending(ring));
}

void expect_ring_zero(const char *file, int line, struct vm *vm)
{
	const uint8_t *page = (const uint8_t *)zone_ring(vm);
	int i;

	for (i = 0; i < getpagesize(); i++) {
		if (!page[i])
			continue;
		ktap_fail(file, line, "byte %d of the ring is 0x%02x in a new VM", i, page[i]);
		return;
	}
}

void expect_same_ring(const char *file, int line, struct vm *vm, int cpu)
{
	struct ring *one = zone_ring(vm), *other;
	int current = vm->cpu;

	vm_select(vm, cpu);
	other = zone_ring(vm);
	vm_select(vm, current);
	one->entry[RING_SLOTS - 1].addr = 0x5a5a;
	if (other->entry[RING_SLOTS - 1].addr != 0x5a5a)
		ktap_fail(file, line, "vCPU %d maps another ring", cpu);
	one->entry[RING_SLOTS - 1].addr = 0;
}

/* The rules of 6.12, of before, and of before but never over the first entry. */
static int full_by_rule(int rule, uint32_t first, uint32_t last)
{
	int whole = (last + 1) % RING_SLOTS == first;
	int premature = (first - last - 1) % RING_SLOTS == 0;

	return rule == 0 ? whole : rule == 1 ? premature : whole || premature;
}

void expect_room_rule(const char *file, int line, struct vm *vm)
{
	static const uint32_t firsts[] = { 0, 1, 84, 85, 86, 100, 168, 169 };
	uint32_t i, first, last, odd_first = 0, odd_last = 0;
	struct ring *ring = zone_ring(vm);
	int rule, fits = 7, reason = 0;

	EXPECT_RESULT(0, zone_register(vm, VM_MMIO, 1, MMIO));
	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		for (first = firsts[i], last = 0; last < RING_SLOTS && fits; last++) {
			if (first == 0 && last == RING_SLOTS - 1)
				continue;
			vm_guest(vm, WRITE8(VM_MMIO, 0x42));
			ring->first = first;
			ring->last = last;
			reason = vm_run(vm);
			for (rule = 0; rule < 3; rule++)
				if (full_by_rule(rule, first, last) != (reason == KVM_EXIT_MMIO))
					fits &= ~(1 << rule);
			odd_first = first;
			odd_last = last;
		}
	}
	if (!fits)
		ktap_fail(file, line, "first %u, last %u: exit reason %d fits no rule together "
			  "with what was before", odd_first, odd_last, reason);
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
