/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_READ 0
#define X_WRITE 1
#define X_SYNC 2
#define X_TRIM 3
#define X_FLUSH 4
#define X_ERASE 5
