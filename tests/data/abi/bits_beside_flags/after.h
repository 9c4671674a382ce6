/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_A 0x1
#define X_B 0x2
#define X_C 0x4
#define X_D 0x8
#define X_LOW 5
#define X_PRIO(n) ((n) << X_LOW)
