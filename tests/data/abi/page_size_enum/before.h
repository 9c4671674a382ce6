/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_A 1
