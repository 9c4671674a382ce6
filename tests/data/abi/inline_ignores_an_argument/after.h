/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static inline int x_first(int a, int b) { (void)b; return a; }
#endif
