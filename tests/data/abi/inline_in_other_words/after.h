/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
static inline int x_most(int a, int b)
{
	return a > b ? a : b;
}
#endif
