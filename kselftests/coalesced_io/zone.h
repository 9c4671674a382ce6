/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coalesced zones and their ring, as binaries in the field use them.
 *
 * Numbers and layouts are written out and not taken from the header under
 * test: a header that changes them must not change the test with it. Only the
 * new capability's number comes from the header, because it is the new thing.
 */
#ifndef ZONE_H
#define ZONE_H

#include <errno.h>
#include <unistd.h>

#include "kvmtest.h"

#ifndef KVM_CAP_COALESCED_PIO
#define KVM_CAP_COALESCED_PIO 162 /* a header from before the feature */
#endif

/* 0x4010ae67 and 0x4010ae68 on x86; _IOC() of powerpc and mips has its own bits. */
#define ZONE_REGISTER ((unsigned long)_IOW(0xae, 0x67, struct zone))
#define ZONE_UNREGISTER ((unsigned long)_IOW(0xae, 0x68, struct zone))
#define ZONE_NO_IOCTL ((unsigned long)_IO(0xae, 0xf7)) /* no number of KVM's */

#define MMIO 0
#define PIO 1

#if defined(__x86_64__) || defined(__i386__)
#define RING_PAGE 2 /* behind the page of port I/O */
#define NO_IOCTL ENOTTY /* what kvm_arch_vm_ioctl() makes of a number that it does not know */
#else
#define RING_PAGE 1
#ifdef __powerpc__
#define NO_IOCTL ENOTTY
#else
#define NO_IOCTL EINVAL
#endif
#endif
#define RING_SLOTS 170
/*
 * One slot stays free. Until 6.11 the room test was (first - last - 1) % 170 in
 * u32, which with first <= 84 calls the ring full after 85 entries; 92f6d4130497
 * mended it. The base has one or the other, and a series is not blamed for it.
 */
#define RING_USABLE 169
#define RING_USABLE_OLD 85

struct zone {
	uint64_t addr;
	uint32_t size;
	uint32_t pio; /* "pad" before the feature */
};

struct ring_entry {
	uint64_t addr;
	uint32_t len;
	uint32_t pio;
	uint8_t data[8];
};

struct ring {
	uint32_t first;
	uint32_t last;
	struct ring_entry entry[RING_SLOTS];
};

/* One expected entry; value is little-endian in data[0..len-1]. */
struct entry {
	uint32_t pio;
	uint64_t addr;
	uint32_t len;
	uint64_t value;
};

#define ENTRY(bus, addr, len, value) { (bus), (addr), (len), (value) }

/* A VM; skips the test when KVM here has no coalesced MMIO, of which ports are a kind. */
void zone_vm(struct vm *vm);

/* Both return 0 or an errno. */
int zone_register(struct vm *vm, uint64_t addr, uint32_t size, uint32_t pio);
int zone_unregister(struct vm *vm, uint64_t addr, uint32_t size, uint32_t pio);

/* The ioctls where they do not belong; 0 or an errno. */
int zone_ioctl(int fd, unsigned long request);
int zone_register_elsewhere(struct vm *vm);

/* The VM's ring, mapped by the kernel behind the vCPU. */
struct ring *zone_ring(struct vm *vm);
uint32_t ring_pending(struct ring *ring);

/* Skips the test when the kernel does not report the capability. */
void need_capability(struct vm *vm, int capability, const char *name);
#define NEED(vm, capability) need_capability((vm), (capability), #capability)

/* Expects exactly these entries, oldest first, and leaves them there. */
void expect_ring(const char *file, int line, struct vm *vm, const struct entry *wanted,
		 uint32_t count);
#define EXPECT_RING(vm, ...)						\
	expect_ring(__FILE__, __LINE__, (vm), (const struct entry[]){ __VA_ARGS__ }, \
		    ARRAY_SIZE(((const struct entry[]){ __VA_ARGS__ })))
#define EXPECT_RING_EMPTY(vm) expect_ring(__FILE__, __LINE__, (vm), NULL, 0)

/* Expects these entries in the slots before last, and says nothing of older ones. */
void expect_newest(const char *file, int line, struct vm *vm, const struct entry *wanted,
		   uint32_t count);
#define EXPECT_NEWEST(vm, ...)						\
	expect_newest(__FILE__, __LINE__, (vm), (const struct entry[]){ __VA_ARGS__ }, \
		      ARRAY_SIZE(((const struct entry[]){ __VA_ARGS__ })))

/* All eight data bytes of the newest entry, little-endian. */
void expect_newest_data(const char *file, int line, struct vm *vm, uint64_t data);
#define EXPECT_NEWEST_DATA(vm, data) expect_newest_data(__FILE__, __LINE__, (vm), (data))

/* One write that is either in the ring or exits: never both, and never neither. */
void expect_seen(const char *file, int line, struct vm *vm, uint32_t pio, uint64_t addr,
		 uint8_t value);
#define EXPECT_SEEN(vm, pio, addr, value) \
	expect_seen(__FILE__, __LINE__, (vm), (pio), (addr), (value))

void expect_ring_zero(const char *file, int line, struct vm *vm);
#define EXPECT_RING_ZERO(vm) expect_ring_zero(__FILE__, __LINE__, (vm))

/* Another vCPU maps the same page. */
void expect_same_ring(const char *file, int line, struct vm *vm, int cpu);
#define EXPECT_SAME_RING(vm, cpu) expect_same_ring(__FILE__, __LINE__, (vm), (cpu))

/*
 * For every last and some firsts, one write: whether it exits must follow one
 * of the rules that kernels have had. The pair on which the rule from before
 * 6.12 loses the ring is left out: see the test that is about it.
 */
void expect_room_rule(const char *file, int line, struct vm *vm);
#define EXPECT_ROOM_RULE(vm) expect_room_rule(__FILE__, __LINE__, (vm))

/* Takes all entries out, as userspace does. */
void ring_drain(struct vm *vm);

/* Both indices to one place: an empty ring that starts there. */
void ring_start(struct vm *vm, uint32_t at);

/*
 * Registers a port, writes it until an exit says that the ring is full, and
 * checks what is in it. Returns the number of entries.
 */
uint32_t ring_fill(struct vm *vm, uint32_t start, uint32_t pio);
#define EXPECT_FILL(vm, start, bus, one, other)				\
	do {								\
		uint32_t filled_ = ring_fill((vm), (start), (bus));	\
		EXPECT(filled_ == (one) || filled_ == (other),		\
		       "full after %u entries from %u, expected %u or %u", \
		       filled_, (uint32_t)(start), (uint32_t)(one), (uint32_t)(other)); \
	} while (0)

/* Registers zones until the kernel refuses: after so many, with that errno. */
void expect_zone_limit(const char *file, int line, struct vm *vm, uint32_t pio, int limit,
		       int result);
#define EXPECT_ZONE_LIMIT(vm, bus, limit, result)			\
	expect_zone_limit(__FILE__, __LINE__, (vm), (bus), (limit), (result))

/*
 * A binary from before the feature, whose padding was never set: its zone is an
 * MMIO zone as it always was, or is refused; it never becomes something else.
 */
void expect_old_binary(const char *file, int line, struct vm *vm, uint64_t addr, uint32_t size,
		       uint32_t padding);
#define EXPECT_OLD_BINARY(vm, addr, size, padding)			\
	expect_old_binary(__FILE__, __LINE__, (vm), (addr), (size), (padding))

#endif
