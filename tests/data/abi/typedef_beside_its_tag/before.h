/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_s {
	__u32 v;
};
typedef struct x_s x_s __attribute__((aligned(8)));
#define X_AL __alignof__(x_s)
#endif
