/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#define X_T(n) st_##n
struct x_s { __u32 X_T(size); };
#endif
