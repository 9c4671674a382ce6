/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/ioctl.h>
#define X_A 1
#define X_NEW _IOR('x', 2, struct x_missing)
#endif
