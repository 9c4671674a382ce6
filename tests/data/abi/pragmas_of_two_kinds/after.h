/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#pragma GCC diagnostic push
#pragma pack(push,1)
#pragma GCC diagnostic pop
struct x_s { int v; };
#pragma pack(pop)
#endif
