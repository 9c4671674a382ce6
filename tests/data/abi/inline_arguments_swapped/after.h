/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static inline unsigned long long x_pack(unsigned int lo, unsigned int hi) { return ((unsigned long long)hi << 32) | lo; }
#endif
