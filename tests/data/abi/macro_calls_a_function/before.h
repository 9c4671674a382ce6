/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define x_hash(a) ((a) * 31)
