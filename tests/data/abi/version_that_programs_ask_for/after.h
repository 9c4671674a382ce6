/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifndef X_API
#define X_API 1
#endif
#if X_API >= 2
struct x_a { int v; long long w; };
#else
struct x_a { int v; };
#endif
#endif
