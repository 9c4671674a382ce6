/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_CAP_IRQCHIP 0
#define X_CAP_HLT 1
#define X_CAP_MMU 2
#define X_CAP_VAPIC 3
#define X_CAP_TIMER 4
#define X_CAP_USER 5
#define X_CAP_REGIONS 6
#define X_CAP_COPY 7
#define X_CAP_FEATURE 8
#define X_CAP_NOP 9
#define X_CAP_CLOCK 10
#define X_CAP_DESTROY 11
#define X_CAP_DEVICE 12
#define X_CAP_MSI 13
#define X_CAP_PIT 14
#define X_CAP_XEN 15
#define X_CAP_STATE 16
#define X_CAP_VCPU 17
#define X_CAP_NEWER 40
#define X_CAP_OLD X_CAP_NEWER
#endif
