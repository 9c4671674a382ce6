/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifdef X_OLD_NAMES
#warning "X_OLD_NAMES will go away"
#define X_A 1
#endif
#define X_B 2
#endif
