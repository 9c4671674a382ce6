/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef X_RING_H
#define X_RING_H
struct x_entry { unsigned long long a, b; };
struct x_ring { unsigned int first, last; struct x_entry entry[]; };
#define X_MAX ((4096 + (PAGE_SIZE - 4096) / 2 - sizeof(struct x_ring)) / sizeof(struct x_entry))
#endif
