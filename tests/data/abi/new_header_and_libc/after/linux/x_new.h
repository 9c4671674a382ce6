/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_NEW_H
#define _UAPI_X_NEW_H
#include <linux/types.h>
#include <linux/ioctl.h>
struct timespec { __u64 a; };
#endif
