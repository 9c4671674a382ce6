// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/toy.h>

int toy_other(void)
{
	return TOY_CAP_STOP;
}
