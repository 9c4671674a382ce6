/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#ifndef __has_attribute
#define __has_attribute(x) 0
#endif
#if __has_attribute(__counted_by__)
#define __x_counted(m) __attribute__((__counted_by__(m)))
#else
#define __x_counted(m)
#endif
struct x_s { __u32 n; __u8 data[] __x_counted(n); };
#endif
