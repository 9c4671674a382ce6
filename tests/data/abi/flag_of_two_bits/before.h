/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_F_A 0x1
#define X_F_B 0x2
#define X_F_C 0x4
#define X_F_D 0x8
#define X_F_E 0x10
#endif
