/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_M(a) ((a) * 4)
#endif
