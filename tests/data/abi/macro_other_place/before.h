/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_one {
	__u32 a;
	__u32 b;
};
#define X_DATA(p)	((void *)((char *)(p) + 4))
#endif
