/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static inline unsigned char x_get(unsigned int v) { return v; }
#endif
