/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_NEW_H
#define _UAPI_X_NEW_H
struct x_n { __u32 a; };
#endif
