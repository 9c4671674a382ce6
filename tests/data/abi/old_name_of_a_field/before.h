/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
struct x_s { int pad; };
