/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP for small C test programs: one process for each test, so that a crash,
 * a hang or an oops costs one result and not the rest of the program.
 *
 * Documentation/dev-tools/ktap.rst; exit codes as in kselftest.h.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stddef.h>

#define KTAP_PASS 0
#define KTAP_FAIL 1
#define KTAP_SKIP 4

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct ktap_test {
	const char *name;
	void (*run)(void);
	/* Why another behaviour is worth knowing and no failure (XFAIL); NULL: it is one. */
	const char *may_differ;
};

/*
 * Runs all tests, or those named on the command line, and prints KTAP.
 * "-l" lists the names, "-t SECONDS" sets the deadline of each test.
 */
int ktap_main(int argc, char **argv, const struct ktap_test *tests, int count);

/* Only inside a test. */
void ktap_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ktap_skip(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void ktap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ktap_stop(void) __attribute__((noreturn));

/* A figure for the report; never decides anything. */
void ktap_measure(const char *name, double value, const char *unit);

/* The test fails, but goes on: later checks may say more. */
#define EXPECT(condition, ...)						\
	((condition) ? 1 : (ktap_fail(__FILE__, __LINE__, __VA_ARGS__), 0))

/* The test cannot go on without this. */
#define REQUIRE(condition, ...)						\
	do {								\
		if (!EXPECT(condition, __VA_ARGS__))			\
			ktap_stop();					\
	} while (0)

#endif
