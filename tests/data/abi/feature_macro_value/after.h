/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#ifdef X_WIDE
#define X_BITS 64
#else
#define X_BITS 16
#endif
#endif
