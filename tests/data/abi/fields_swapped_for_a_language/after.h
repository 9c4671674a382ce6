/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#ifdef __cplusplus
struct x_s {
	int w;
	short v;
	char z;
};
#else
struct x_s { short v; int w; char z; };
#endif
#endif
