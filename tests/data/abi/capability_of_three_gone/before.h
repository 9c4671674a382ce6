/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_CAP_A 11
#define X_CAP_B 12
#define X_CAP_C 13
