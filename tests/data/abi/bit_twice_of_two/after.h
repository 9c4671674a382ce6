/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
struct x_s {
	int flags;
#define X_F_RO 0x1
#define X_F_NOWAIT 0x2
#define X_F_SYNC 0x2
};
