/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_A (1 << 0)
#define X_B (1 << 1)
#define X_C (1 << 2)
#define X_D (1 << 2)
