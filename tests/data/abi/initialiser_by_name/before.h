/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
struct x_req {
	__u8 k;
	__u32 a;
	__s32 s;
	__s32 e;
	char name[16];
};
#define X_INIT { 0, 1 }
#endif
