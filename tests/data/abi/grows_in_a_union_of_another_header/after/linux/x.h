/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/x_part.h>
struct x_s { __u32 n; union { struct { struct x_a arch; } debug; char padding[256]; }; };
#endif
