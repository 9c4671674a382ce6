/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_BYTES(n) ((n) * 4)
