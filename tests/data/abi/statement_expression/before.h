/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_ALIGN(x) (((x) + 7) & ~7)
