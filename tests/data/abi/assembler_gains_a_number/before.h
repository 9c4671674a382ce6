/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifdef __ASSEMBLY__
#define X_OFFSET 8
#else
struct x_s { int a; };
#endif
#endif
