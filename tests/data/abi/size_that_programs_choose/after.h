/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#undef X_SETSIZE
#define X_SETSIZE 1024
struct x_set { char b[X_SETSIZE / 8]; };
#endif
