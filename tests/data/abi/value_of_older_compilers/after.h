/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#if __GNUC__ < 5
#define X_A 2
#else
#define X_A 7
#endif
#endif
