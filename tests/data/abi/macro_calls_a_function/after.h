/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
static __inline__ int x_hash_of(int a) { return a * 31; }
#define x_hash(a) x_hash_of(a)
