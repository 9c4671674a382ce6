/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
enum { X_ATTR_A, X_ATTR_B, X_ATTR_C, X_ATTR_D, X_ATTR_E, X_ATTR_F, X_ATTR_G, X_ATTR_H, X_ATTR_I, X_ATTR_J, X_ATTR_K, X_ATTR_L, X_ATTR_M, X_ATTR_N, X_ATTR_O, X_ATTR_P, X_ATTR_Q, X_ATTR_R };
#endif
