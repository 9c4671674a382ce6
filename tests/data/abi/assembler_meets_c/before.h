/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#define X_LEN 8
#ifndef __ASSEMBLY__
#include <linux/types.h>

struct x_s { __u32 a; };
#endif

#endif
