/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#define X_SIZE(n) ((n) << 2)

#endif
