/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
 struct x_in { __u32 a; };
struct x_s { struct x_in in; };
#endif
