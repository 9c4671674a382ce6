/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _ASM_GENERIC_TYPES_H
#define _ASM_GENERIC_TYPES_H
typedef unsigned char __u8;
typedef unsigned int __u32;
__extension__ typedef unsigned long long __u64;
#endif
