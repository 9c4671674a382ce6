/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
struct x_s { unsigned char a : 4; unsigned char b : 4; unsigned char c[7]; int d; };
#endif
