/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
struct x_ev { int type; union { struct { unsigned long long gpa; unsigned int len; unsigned int x; } m; struct { unsigned long long code; unsigned int cpu; } s; char pad[64]; }; };
#endif
