/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#define X_ONE 1
enum { X_TWO_ = X_ONE + 1 };
#define X_TWO 2
#undef X_ONE
#endif
