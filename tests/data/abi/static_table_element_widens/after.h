/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static const unsigned int x_sizes[4] = { 1, 2, 4, 8 };
#endif
