/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#ifdef __cplusplus
#define X_CXX 1
#endif
#ifdef X_CXX
#define X_V 2
#else
#define X_V 1
#endif
#endif
