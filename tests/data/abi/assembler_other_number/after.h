/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#define X_BASE 8
#ifdef __ASSEMBLY__
#define X_OFFSET (X_BASE + 4)
#else
struct x_s { int a; };
#endif
#endif
