/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_T_A 0
#define X_T_B 1
#define X_T_C 2
#define X_T_D 3
#define X_T_E 4
#define X_T_NEW 3
#endif
