/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#define X_MODE_A 0
#define X_MODE_B 1
#define X_MODE_C 2
#define X_MODE_D 3
#define X_MODE_DEFAULT 2
#endif
