// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Binaries that were built before the feature, on the new kernel.
 *
 * Generated from old_binaries.toml by "harness generate".
 */
#include <errno.h>
#include <string.h>
#include "zone.h"

/* Garbage where the padding was is ignored or refused, never taken for a port zone. */
static void dirty_padding(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_OLD_BINARY(&vm, 0x10000, 16, 0xdeadbeefu);
	vm_destroy(&vm);
}

/* A small value where the padding was is ignored or refused. */
static void padding_of_two(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_OLD_BINARY(&vm, 0x10000, 16, 2);
	vm_destroy(&vm);
}

/* Zeroed padding is an MMIO zone, as ever. */
static void clean_padding(void)
{
	struct vm vm;

	zone_vm(&vm);
	EXPECT_OLD_BINARY(&vm, 0x10000, 16, 0);
	vm_destroy(&vm);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "dirty_padding", dirty_padding, NULL },
		{ "padding_of_two", padding_of_two, NULL },
		{ "clean_padding", clean_padding, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
