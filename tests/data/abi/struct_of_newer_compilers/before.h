/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#if __GNUC__ >= 14
struct x_s { __u32 a; __u32 b; };
#else
struct x_s { __u32 a; __u32 b; };
#endif
#endif
