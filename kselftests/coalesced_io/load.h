/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How guests use the RTC: the index goes to port 0x70, the data comes from port 0x71.
 */
#ifndef LOAD_H
#define LOAD_H

#include "zone.h"

struct counts {
	unsigned long returns; /* of KVM_RUN */
	unsigned long index_exits; /* port 0x70 */
	unsigned long data_exits; /* port 0x71 */
	unsigned long entries; /* taken from the ring */
	double seconds;
};

/* So many accesses, and what userspace saw of them. */
struct counts access_rtc(struct vm *vm, int accesses);

#endif
