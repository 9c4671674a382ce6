// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

#define DEADLINE_SECONDS 20
#define REAP_SECONDS 2
#define MOST_MARKS 4096 /* of one program */

/* What a test tells its parent; shared memory survives the child's death. */
static struct verdict {
	int failed;
	char reason[256];
} *verdict;

static void print_line(const char *format, va_list args)
{
	char line[512];
	char *c;

	vsnprintf(line, sizeof(line), format, args);
	for (c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';
	printf("# %s\n", line);
	fflush(stdout);
}

void ktap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
}

void ktap_measure(const char *name, double value, const char *unit)
{
	ktap_note("measure: %s %.10g %s", name, value, unit);
}

void ktap_fail(const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ktap_note("%s:%d: %s", base ? base + 1 : file, line, text);
	if (!verdict->failed)
		memcpy(verdict->reason, text, sizeof(text));
	verdict->failed = 1;
}

void ktap_skip(const char *format, ...)
{
	va_list args;

	if (verdict->failed) /* what was seen before stays */
		exit(KTAP_FAIL);
	va_start(args, format);
	vsnprintf(verdict->reason, sizeof(verdict->reason), format, args);
	va_end(args);
	exit(KTAP_SKIP);
}

void ktap_stop(void)
{
	exit(KTAP_FAIL);
}

/* Lets the console log say which test was running when the kernel complained. */
static void mark_kernel_log(const char *program, const char *test)
{
	char line[160];
	int fd, size;

	if (!getenv("KTAP_KMSG"))
		return;
	fd = open("/dev/kmsg", O_WRONLY);
	if (fd < 0)
		return;
	/* One write is one record; stdio may make several of it. */
	size = snprintf(line, sizeof(line), "<5>ktap: %s.%s\n", program, test);
	if (write(fd, line, size) != size)
		ktap_note("cannot mark the kernel log: %s", strerror(errno));
	close(fd);
}

/*
 * Lets the log of what a guest executes say which test was running: code that nobody has run, a
 * "return" at the address that init gave this program, and 16 bytes more for each test.
 */
static void mark_executed(int number)
{
#ifdef __x86_64__
	const char *base = getenv("KTAP_MARKS");
	unsigned long at = (base ? strtoul(base, NULL, 16) : 0) + 16UL * number;
	unsigned char *page;

	if (!base || number >= MOST_MARKS)
		return;
	page = mmap((void *)(at & ~4095UL), 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (page != (void *)(at & ~4095UL))
		return;
	*(unsigned char *)at = 0xc3;
	((void (*)(void))at)();
	munmap(page, 4096);
#endif
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Waits for the child; 0 when it has not ended after so many seconds. */
static int reap(pid_t pid, double seconds, int *status)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	double end = now() + seconds;

	do {
		if (waitpid(pid, status, WNOHANG) == pid)
			return 1;
		nanosleep(&tick, NULL);
	} while (now() < end);
	return 0;
}

static int run_one(const char *program, const struct ktap_test *test, int number,
		   double deadline)
{
	int status = 0, ended;
	pid_t pid;

	memset(verdict, 0, sizeof(*verdict));
	fflush(stdout);
	mark_kernel_log(program, test->name);
	mark_executed(number);
	pid = fork();
	if (pid == 0) {
		test->run();
		exit(verdict->failed ? KTAP_FAIL : KTAP_PASS);
	}
	if (pid < 0) {
		printf("not ok %d %s # ERROR fork: %s\n", number, test->name, strerror(errno));
		return 1;
	}
	ended = reap(pid, deadline, &status);
	if (!ended) {
		kill(pid, SIGKILL);
		reap(pid, REAP_SECONDS, &status);
		printf("not ok %d %s # TIMEOUT no end after %.0f s\n", number, test->name, deadline);
		return 1;
	}
	if (WIFSIGNALED(status)) {
		printf("not ok %d %s # CRASHED signal %d (%s)\n", number, test->name,
		       WTERMSIG(status), strsignal(WTERMSIG(status)));
		return 1;
	}
	switch (WEXITSTATUS(status)) {
	case KTAP_PASS:
		printf("ok %d %s\n", number, test->name);
		return 0;
	case KTAP_SKIP:
		printf("ok %d %s # SKIP %s\n", number, test->name, verdict->reason);
		return 0;
	default:
		if (test->may_differ) {
			printf("ok %d %s # XFAIL %s: %s\n", number, test->name, test->may_differ,
			       verdict->reason);
			return 0;
		}
		printf("not ok %d %s\n", number, test->name);
		return 1;
	}
}

static int wanted(const char *name, int argc, char **argv, int first)
{
	int i;

	for (i = first; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return first >= argc;
}

int ktap_main(int argc, char **argv, const struct ktap_test *tests, int count)
{
	const char *slash = strrchr(argv[0], '/');
	const char *program = slash ? slash + 1 : argv[0];
	double deadline = DEADLINE_SECONDS;
	int failed = 0, number = 0, planned = 0;
	int first = 1, i;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		for (i = 0; i < count; i++)
			puts(tests[i].name);
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "-t")) {
		deadline = atof(argv[2]);
		first = 3;
	}
	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (i = 0; i < count; i++)
		planned += wanted(tests[i].name, argc, argv, first);
	printf("KTAP version 1\n1..%d\n", planned);
	for (i = 0; i < count; i++)
		if (wanted(tests[i].name, argc, argv, first))
			failed += run_one(program, &tests[i], ++number, deadline);
	fflush(stdout);
	return failed ? KTAP_FAIL : KTAP_PASS;
}
