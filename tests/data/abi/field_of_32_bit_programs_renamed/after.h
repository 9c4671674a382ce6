/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
struct x_a { int v;
#ifdef __LP64__
	int w;
#else
	int w2;
#endif
};
#endif
