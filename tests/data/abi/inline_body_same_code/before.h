/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#include <linux/types.h>

static inline __u32 x_bytes(__u32 n) { return n * 8; }

#endif
