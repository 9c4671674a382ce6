/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#include <linux/types.h>
struct x_s { __u32 a; unsigned long v; __u32 w; };
