/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#define X_FULL(...) (sizeof((int[]){ __VA_ARGS__ }))

#endif
