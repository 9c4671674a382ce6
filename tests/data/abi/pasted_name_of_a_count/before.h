/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#define X_CAT(a,b) a##b
enum { X_A, X_B, __X_MAX };
#define X_TABLE_BYTES (X_CAT(__X_,MAX) * 4)
#endif
