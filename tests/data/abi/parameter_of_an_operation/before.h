/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef _UAPI_X_H
#define _UAPI_X_H
#include <linux/types.h>
#include <linux/ioctl.h>
#define X_OP_A 20
#define X_OP_B 21
#define X_OP_C 22
#define X_OP_D 23
#define X_OP_E 24
#define X_OP_F 25
#define X_OP_G 26
#define X_OP_H 27
#define X_OP_I 28
#define X_OP_J 29
#define X_OP_K 30
#define X_OP_L 31
#define X_OP_M 32
#define X_OP_N 33
#define X_OP_O 34
#define X_OP_P 35
#define X_OP_Q 36
#define X_OP_R 37
#define X_OP_SCHED 60
#define X_OP_SCHED_GET 0
#endif
