/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#include <linux/types.h>
struct x_s { __u32 a; __s64 v; __u32 w; };
