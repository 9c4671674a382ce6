/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#include <linux/types.h>

static inline void x_set(__u32 *p) { *p |= 1; }

#endif
