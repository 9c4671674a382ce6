/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#ifndef __LINUX_KVM_H
#define __LINUX_KVM_H

#include <linux/types.h>

/* for KVM_SET_LIMIT */
struct kvm_limit {
	__u64 limit;
	__u32 flags;
	__u32 pad;
};

#define KVM_CAP_FIRST 0
#define KVM_CAP_LIMIT 1
#define KVM_CAP_SPEED 2

#define KVM_SET_LIMIT _IOW(0xae, 0x01, struct kvm_limit)

#endif /* __LINUX_KVM_H */
