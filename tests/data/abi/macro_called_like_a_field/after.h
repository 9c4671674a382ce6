/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
struct x_s { int a; };
#define major(d) ((d) >> 8)
#endif
