/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#define X_SET(p, v) do { (p)->a = (v); } while (0)
struct x_s { int a; };
#endif
