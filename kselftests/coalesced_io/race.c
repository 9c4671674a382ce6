// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several vCPUs fill the ring at the same time while userspace empties it. Each
 * writes its own port and its own values; no write may be lost, torn, repeated
 * or out of order. REP OUTS, because KVM then goes from one entry to the next
 * without the guest between them: two writers meet far more often.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zone.h"

#define WRITERS 2
#define ROUNDS 20
#define BURST 512 /* elements of one REP OUTS */
#define WRITES (ROUNDS * BURST)
#define PORT 0x70
#define READER_SLEEP_US 300
#define SECONDS 0.7 /* a busy host lets two vCPUs meet only now and then */
#define MANY_ZONES 100
#define VALUE(writer) (0x10000000u * ((writer) + 1))

struct writer {
	struct vm *vm;
	int cpu;
	uint32_t exits; /* writes that found no room */
	atomic_int done;
	const char *problem;
};

struct count {
	uint32_t entries;
	uint32_t next; /* the lowest element that the next entry may have */
	uint32_t odd; /* entries that are no write of the guest's */
	uint32_t disorder;
};

static void *run_guest(void *argument)
{
	struct writer *writer = argument;
	struct vm vm = *writer->vm; /* a current vCPU of its own */
	int reason;
	cpu_set_t cpus;

	/* A CPU for each; where there is none of that number, any will do. */
	CPU_ZERO(&cpus);
	CPU_SET(writer->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	vm.cpu = writer->cpu;
	while ((reason = vm_run(&vm)) != KVM_EXIT_HLT) {
		if (reason != KVM_EXIT_IO) {
			writer->problem = "KVM_RUN came back for something else";
			break;
		}
		writer->exits++;
	}
	atomic_store(&writer->done, 1);
	return NULL;
}

static void take(const struct ring_entry *entry, void *argument)
{
	struct count *counts = argument;
	uint32_t writer = (entry->addr - PORT) / 4, element;

	if (writer >= WRITERS || entry->addr % 4 || entry->len != 4 || entry->pio != PIO) {
		counts[0].odd++;
		return;
	}
	memcpy(&element, entry->data, sizeof(element));
	element -= VALUE(writer);
	if (element >= BURST) {
		counts[writer].odd++;
		return;
	}
	/* A lower element is the next burst's; the same one again is nobody's. */
	counts[writer].disorder += counts[writer].entries && element + 1 == counts[writer].next;
	counts[writer].next = element + 1;
	counts[writer].entries++;
}

/*
 * Takes what is there and gives it back at once. While the guest runs, first
 * is never set to 0: with last = 169 kernels before 6.12 would lose the whole
 * ring (ring.the_last_slot_before_zero is about that, docs/found.md).
 */
static void drain(struct ring *ring, int running,
		  void (*each)(const struct ring_entry *entry, void *argument), void *argument)
{
	uint32_t last = atomic_load((_Atomic uint32_t *)&ring->last);
	uint32_t first = ring->first;

	if (running && last == 0 && first)
		last = RING_SLOTS - 1;
	for (; first != last; first = (first + 1) % RING_SLOTS) {
		each(&ring->entry[first], argument);
		memset(&ring->entry[first], 0xee, sizeof(ring->entry[first]));
	}
	atomic_store((_Atomic uint32_t *)&ring->first, last);
}

static void start(struct vm *vm, struct writer *writer)
{
	struct access program[] = {
		LOOP(ROUNDS), OUTS32(PORT + 4 * writer->cpu, VALUE(writer->cpu), BURST), END,
	};

	vm_select(vm, writer->cpu);
	vm_load(vm, program, ARRAY_SIZE(program));
}

/* One round; returns whether all was well. */
static int round_of(struct vm *vm, struct ring *ring)
{
	struct writer writers[WRITERS] = { 0 };
	struct count counts[WRITERS] = { 0 };
	pthread_t threads[WRITERS];
	int i, running, good = 1;

	for (i = 0; i < WRITERS; i++) {
		writers[i].vm = vm;
		writers[i].cpu = i;
		start(vm, &writers[i]);
	}
	for (i = 0; i < WRITERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, run_guest, &writers[i]), "no thread");
	do {
		for (i = running = 0; i < WRITERS; i++)
			running += !atomic_load(&writers[i].done);
		drain(ring, 1, take, counts);
		usleep(READER_SLEEP_US); /* the CPUs are the writers' */
	} while (running);
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	drain(ring, 0, take, counts);
	for (i = 0; i < WRITERS; i++) {
		vm->vcpus[i].runs++; /* by a copy of vm */
		good &= EXPECT(!writers[i].problem, "vCPU %d: %s", i, writers[i].problem);
		good &= EXPECT(!counts[i].odd, "vCPU %d: %u entries are no write of the guest's",
			       i, counts[i].odd);
		good &= EXPECT(!counts[i].disorder, "vCPU %d: %u entries are there twice", i,
			       counts[i].disorder);
		good &= EXPECT(counts[i].entries + writers[i].exits == WRITES,
			       "vCPU %d: %u entries and %u exits for %d writes", i,
			       counts[i].entries, writers[i].exits, WRITES);
	}
	return good;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void two_vcpus_and_a_reader(void)
{
	double end = now() + SECONDS;
	int rounds = 0, good;
	struct ring *ring;
	struct vm vm;

	zone_vm(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_long_mode(&vm);
	ring = zone_ring(&vm);
	EXPECT_RESULT(0, zone_register(&vm, PORT, 4 * WRITERS, PIO));
	do {
		good = round_of(&vm, ring);
		rounds++;
	} while (good && now() < end);
	ktap_note("%d rounds", rounds);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		ktap_note("only one CPU: vCPUs never ran at the same time");
	vm_destroy(&vm);
}

/* Writes until it halts; an exit for the zone's address is a write that nobody recorded. */
static void *write_to_a_zone(void *argument)
{
	struct writer *writer = argument;
	struct vm vm = *writer->vm;
	struct access got;
	int reason;

	vm.cpu = writer->cpu;
	while ((reason = vm_run(&vm)) != KVM_EXIT_HLT) {
		if (reason != KVM_EXIT_MMIO || !vm_last_exit(&vm, &got) || got.addr != VM_MMIO) {
			writer->problem = "KVM_RUN came back for something else";
			break;
		}
		writer->exits++;
	}
	atomic_store(&writer->done, 1);
	return NULL;
}

/* Counts what write_to_a_zone() wrote. */
static void count_write(const struct ring_entry *entry, void *entries)
{
	*(uint32_t *)entries += entry->addr == VM_MMIO && entry->len == 1;
}

/*
 * Zones go while a vCPU writes to them: whoever has found one on the bus may use it until it
 * has ended (SRCU; kvm_io_bus_unregister_dev() waits for that before the zone is freed).
 */
static void zones_go_under_a_writer(void)
{
	const struct access program[] = { LOOP(2000), WRITE8(VM_MMIO, 0x42), END };
	double end = now() + SECONDS;
	uint32_t entries, changes = 0;
	struct writer writer;
	pthread_t thread;
	struct ring *ring;
	struct vm vm;
	int good;

	zone_vm(&vm);
	ring = zone_ring(&vm);
	do {
		memset(&writer, 0, sizeof(writer));
		writer.vm = &vm;
		vm_load(&vm, program, ARRAY_SIZE(program));
		entries = 0;
		REQUIRE(!pthread_create(&thread, NULL, write_to_a_zone, &writer), "no thread");
		while (!atomic_load(&writer.done)) {
			zone_register(&vm, VM_MMIO, 4, MMIO);
			zone_register(&vm, VM_MMIO, 1, MMIO);
			drain(ring, 1, count_write, &entries);
			zone_unregister(&vm, VM_MMIO, 1, MMIO);
			changes++;
		}
		pthread_join(thread, NULL);
		vm.vcpus[0].runs++; /* by a copy of vm */
		drain(ring, 0, count_write, &entries);
		good = EXPECT(!writer.problem, "%s", writer.problem);
		good &= EXPECT(entries + writer.exits == 2000, "%u entries and %u exits for 2000 "
			       "writes", entries, writer.exits);
	} while (good && now() < end);
	ktap_note("%u times", changes);
	vm_destroy(&vm);
}

/*
 * The same with a full ring: each of many zones refuses the write, so that the vCPU is among
 * them for long, and whoever frees one too early is found out.
 */
static void zones_go_while_they_are_asked(void)
{
	const struct access program[] = { LOOP(2000), WRITE8(VM_MMIO, 0x42), END };
	double end = now() + SECONDS;
	struct writer writer = { 0 };
	uint32_t times = 0;
	pthread_t thread;
	struct ring *ring;
	struct vm vm;
	int i;

	zone_vm(&vm);
	ring = zone_ring(&vm);
	ring->first = 1;
	ring->last = 0;
	writer.vm = &vm;
	vm_load(&vm, program, ARRAY_SIZE(program));
	REQUIRE(!pthread_create(&thread, NULL, write_to_a_zone, &writer), "no thread");
	while (!atomic_load(&writer.done) && now() < end) {
		for (i = 0; i < MANY_ZONES; i++)
			zone_register(&vm, VM_MMIO, 1, MMIO);
		zone_unregister(&vm, VM_MMIO, 1, MMIO);
		times++;
	}
	pthread_join(thread, NULL);
	vm.vcpus[0].runs++; /* by a copy of vm */
	EXPECT(!writer.problem, "%s", writer.problem);
	EXPECT(writer.exits == 2000, "%u exits for 2000 writes to a full ring", writer.exits);
	EXPECT(ring->last == 0, "a full ring took a write: last is %u", ring->last);
	ktap_note("%u times %d zones", times, MANY_ZONES);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "two_vcpus_and_a_reader", two_vcpus_and_a_reader, NULL },
		{ "zones_go_under_a_writer", zones_go_under_a_writer, NULL },
		{ "zones_go_while_they_are_asked", zones_go_while_they_are_asked, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
