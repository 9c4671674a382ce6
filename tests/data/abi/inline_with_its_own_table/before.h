/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
static inline int x_f(unsigned int i)
{
	static const unsigned char len[] = { 4, 8, 12 };

	return i < 3 ? len[i] : 0;
}
#endif
