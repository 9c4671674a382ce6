/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_one {
	__u32 a;
	__u32 b;
};
static __inline__ void x_set(struct x_one *p)
{
	p->b = 1;
}
#endif
