/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#include <linux/types.h>
enum x_kind { X_A, X_B };
struct x_s { enum x_kind v; __u32 w; };
