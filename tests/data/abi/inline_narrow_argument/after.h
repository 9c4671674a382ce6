/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static inline int x_hi(unsigned int v) { return (unsigned long long)v >> 32; }
#endif
