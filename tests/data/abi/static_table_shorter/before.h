/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#include <linux/types.h>

static const __u32 x_sizes[] = { 1, 2, 4 };

#endif
