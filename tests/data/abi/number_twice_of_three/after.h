/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#define X_CMD_START 1
#define X_CMD_STOP 2
#define X_CMD_RESET 3
#define X_CMD_QUERY 3
