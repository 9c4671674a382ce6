/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_A 1
static __inline__ void __cmsg_nxthdr(void) { }
#endif
