/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
int x_log(const char *, ...);
#define X_LOG(text, one) x_log(text, one)
