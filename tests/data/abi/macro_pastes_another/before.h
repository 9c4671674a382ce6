/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#define x_lo_a	1
#define x_hi_a	2
#define X_NAME(n)	x_lo_##n
#endif
