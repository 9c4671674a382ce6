/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
enum x_m { X_OFF, X_ON };
#define X_AUTO 2
#endif
