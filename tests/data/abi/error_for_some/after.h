/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifdef X_OLD_NAMES
#error "X_OLD_NAMES has gone away"
#endif
#define X_B 2
#endif
