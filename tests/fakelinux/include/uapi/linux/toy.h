/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_TOY_H
#define _UAPI_LINUX_TOY_H

#include <linux/types.h>

#define TOY_CAP_START 0
#define TOY_CAP_STOP 1
#define TOY_CAP_SPIN 2
#define TOY_CAP_JUMP 3
#define TOY_CAP_SING 4
#define TOY_CAP_DANCE 5
#define TOY_CAP_SLEEP 6
#define TOY_CAP_WAKE 7

struct toy_zone {
	__u64 addr;
	__u32 size;
	__u32 pad;
};

#define TOY_REGISTER 0x4010aa01

#endif
