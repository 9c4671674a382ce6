/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifdef __LP64__
static inline int x_shift(void) { return 16; }
#else
static inline int x_shift(void) { return 10; }
#endif
#endif
