/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#if __STDC_VERSION__ >= 199901L || defined(__cplusplus)
#define X_N 4
#endif
#endif
