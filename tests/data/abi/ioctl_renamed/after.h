/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_CREATE _IO(0xae, 1)
#define X_RUN _IO(0xae, 2)
#define X_GET_STATES _IO(0xae, 3)
#endif
