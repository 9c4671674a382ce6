/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
int x_log(const char *, ...);
#define x_l(text, args...) x_log(text, ##args)
