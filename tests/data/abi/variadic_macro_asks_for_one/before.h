/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#define X_FIRST(...) x_pick(__VA_ARGS__, 0)
#define x_pick(a, ...) (a)
#endif
