/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _LINUX_X_H
#define _LINUX_X_H

#warning "use <linux/y.h>"
#define X 1

#endif
