/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
struct x_s {
	__u32 argsz;
	__u32 flags;
	__u32 cap_offset;
};
#define X_GET _IO(0xae, 1)
#endif
