// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several vCPUs fill the ring at the same time while userspace empties it. Each
 * writes its own port, so that the order of each can be told; no write may be
 * lost, torn or repeated. A missing lock shows within a few rounds when there
 * are two CPUs; with one it may not, and the test says so.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "zone.h"

#define WRITERS 2
#define WRITES 6000
#define PORT 0x70

struct writer {
	struct vm *vm;
	int cpu;
	uint32_t exits; /* writes that found no room */
	atomic_int done;
	const char *problem;
};

struct count {
	uint32_t entries;
	uint32_t exits;
	uint32_t odd; /* entries that are no write of ours */
};

static void *run_guest(void *argument)
{
	struct writer *writer = argument;
	struct vm vm = *writer->vm; /* a current vCPU of its own */
	int reason;

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

/*
 * Takes what is there and gives it back at once. While the guest runs, first
 * is never set to 0: with last = 169 kernels before 6.12 would lose the whole
 * ring (ring.the_last_slot_before_zero is about that, docs/found.md).
 */
static void drain(struct ring *ring, struct count *counts, int running)
{
	uint32_t last = atomic_load((_Atomic uint32_t *)&ring->last);
	uint32_t first = ring->first;

	if (running && last == 0 && first)
		last = RING_SLOTS - 1;
	for (; first != last; first = (first + 1) % RING_SLOTS) {
		struct ring_entry *entry = &ring->entry[first];
		uint32_t writer = (entry->addr - PORT) / 4;

		if (writer >= WRITERS || entry->addr % 4 || entry->len != 4 || entry->pio != PIO ||
		    memcmp(entry->data, &(uint32_t){ 0x01010101u * (writer + 1) }, 4))
			counts[0].odd++;
		else
			counts[writer].entries++;
		memset(entry, 0xee, sizeof(*entry)); /* so that a torn entry shows */
	}
	atomic_store((_Atomic uint32_t *)&ring->first, last);
}

static void start(struct vm *vm, struct writer *writer)
{
	struct access program[] = {
		LOOP(WRITES), OUT32(PORT + 4 * writer->cpu, 0x01010101u * (writer->cpu + 1)), END,
	};

	vm_select(vm, writer->cpu);
	vm_load(vm, program, ARRAY_SIZE(program));
}

static void two_vcpus_and_a_reader(void)
{
	struct writer writers[WRITERS] = { 0 };
	struct count counts[WRITERS] = { 0 };
	pthread_t threads[WRITERS];
	struct ring *ring;
	struct vm vm;
	int i, running;

	vm_create(&vm);
	NEED(&vm, KVM_CAP_COALESCED_PIO);
	vm_long_mode(&vm);
	ring = zone_ring(&vm);
	EXPECT_RESULT(0, zone_register(&vm, PORT, 4 * WRITERS, PIO));
	for (i = 0; i < WRITERS; i++) {
		writers[i].vm = &vm;
		writers[i].cpu = i;
		start(&vm, &writers[i]);
	}
	for (i = 0; i < WRITERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, run_guest, &writers[i]), "no thread");
	do {
		for (i = running = 0; i < WRITERS; i++)
			running += !atomic_load(&writers[i].done);
		drain(ring, counts, 1);
	} while (running);
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	drain(ring, counts, 0);
	EXPECT(!counts[0].odd, "%u entries are no write of the guest's", counts[0].odd);
	for (i = 0; i < WRITERS; i++) {
		EXPECT(!writers[i].problem, "vCPU %d: %s", i, writers[i].problem);
		EXPECT(counts[i].entries + writers[i].exits == WRITES,
		       "vCPU %d: %u entries and %u exits for %d writes", i, counts[i].entries,
		       writers[i].exits, WRITES);
	}
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		ktap_note("only one CPU: vCPUs never ran at the same time");
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "two_vcpus_and_a_reader", two_vcpus_and_a_reader, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
