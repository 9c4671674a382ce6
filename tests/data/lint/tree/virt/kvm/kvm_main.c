// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/kvm.h>

static int kvm_set_limit(struct kvm *kvm, struct kvm_limit *limit)
{
	if (limit->flags)
		return -EINVAL;

	kvm->limit = limit->limit;
	return 0;
}

static int kvm_put_limit(struct kvm *kvm, struct kvm_limit *limit, int bus)
{
	int ret;

	ret = kvm_bus_put(kvm, KVM_MMIO_BUS, limit->limit);
	return ret;
}

static long kvm_check_extension(struct kvm *kvm, long arg)
{
	switch (arg) {
	case KVM_CAP_FIRST:
	case KVM_CAP_SPEED:
		return 1;
#ifdef CONFIG_KVM_MMIO
	case KVM_CAP_LIMIT:
		return 1;
#endif
	default:
		break;
	}
	return 0;
}
