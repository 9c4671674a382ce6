/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_one {
	__u32 a;
	__u32 b;
};
struct x_two {
	__u8 c;
	__u32 a;
};
#define X_INIT(p)	do { struct x_one *p_ = (p); p_->a &= 0; } while (0)
#endif
