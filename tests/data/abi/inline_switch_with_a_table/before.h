/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
static inline int x_f(int i)
{
	switch (i) {
	case 1: return 10;
	case 2: return 100;
	case 3: return 1000;
	case 4: return 2500;
	case 5: return 5;
	}
	return 0;
}
#endif
