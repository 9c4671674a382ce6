/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#define X_WORD	__u64
#endif
