/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
int x_log(const char *, ...);
#define X_LOG(text, ...) x_log(text, __VA_ARGS__)
