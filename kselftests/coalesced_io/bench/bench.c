// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of the series' cover letter: port accesses of guests that read the RTC, for one guest
 * and for twelve at once. Where the kernel has the feature, port 0x70 is coalesced.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvmstat.h"
#include "load.h"

#define MOST_GUESTS 12
#define ACCESSES 1000
#define TRACED 200 /* of each guest: tracing costs time, so these are not timed otherwise */

static struct shared {
	pthread_barrier_t ready;
	struct counts counts[MOST_GUESTS];
} *shared;

static void one_guest_of(int number)
{
	struct vm vm;

	vm_create(&vm);
	vm_vcpu(&vm);
	if (vm_cap(&vm, KVM_CAP_COALESCED_PIO) > 0)
		EXPECT_RESULT(0, zone_register(&vm, 0x70, 1, PIO));
	access_rtc(&vm, TRACED); /* warm up */
	pthread_barrier_wait(&shared->ready);
	shared->counts[number] = access_rtc(&vm, ACCESSES);
	pthread_barrier_wait(&shared->ready); /* the parent begins to trace */
	pthread_barrier_wait(&shared->ready);
	access_rtc(&vm, TRACED);
	vm_destroy(&vm);
}

static void measure(const char *arm, int guests)
{
	char name[96];
	int i;

	for (i = 0; i < guests; i++) {
		const struct counts *counts = &shared->counts[i];

#define ROW(what, value, unit)							\
		do {								\
			snprintf(name, sizeof(name), "%s | %s | %d", arm, what, i + 1); \
			ktap_measure(name, value, unit);			\
		} while (0)
		ROW("exits to userspace for 1,000 accesses",
		    counts->index_exits + counts->data_exits, "");
		ROW("time of an access", counts->seconds * 1e6 / ACCESSES, "us");
#undef ROW
	}
}

static void run(const char *arm, int guests)
{
	pthread_barrierattr_t attributes;
	int status, failed = 0, i, error;
	struct vm vm;
	long lost;

	vm_create(&vm); /* or the test is skipped here, and no guest waits for the others */
	vm_destroy(&vm);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	REQUIRE(shared != MAP_FAILED, "no shared memory");
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->ready, &attributes, guests + 1);
	for (i = 0; i < guests; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			one_guest_of(i);
			exit(0);
		}
	}
	pthread_barrier_wait(&shared->ready);
	pthread_barrier_wait(&shared->ready);
	error = kvmstat_begin();
	pthread_barrier_wait(&shared->ready);
	for (i = 0; i < guests; i++)
		if (wait(&status) > 0 && status)
			failed++;
	REQUIRE(!failed, "%d of %d guests failed", failed, guests);
	measure(arm, guests);
	if (error) {
		ktap_note("no tracepoints: %s", errno_text(error));
		return;
	}
	lost = kvmstat_end(arm);
	EXPECT(lost == 0, "the trace lacks %ld events", lost);
}

static void one_guest(void)
{
	run("1 guest", 1);
}

static void twelve_guests(void)
{
	run("12 guests", MOST_GUESTS);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "one_guest", one_guest, NULL },
		{ "twelve_guests", twelve_guests, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
