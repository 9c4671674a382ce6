/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_req {
	__u32 a;
	__u32 b;
};
static inline int x_f(int c)
{
	if (c == '}')
		return 1;
	return 2;
}
struct x_s {
	int a;
	int c;
	int b;
};
#define X_OFF __builtin_offsetof(struct x_s, b)
#endif
