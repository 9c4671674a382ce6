// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU gives a ring to vhost.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/vhost.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

int ring(int vhost, unsigned int index, void *desc, void *avail, void *used)
{
	struct vhost_vring_addr a = {
		.index = index, .desc_user_addr = (unsigned long)desc,
		.avail_user_addr = (unsigned long)avail, .used_user_addr = (unsigned long)used,
	};

	return ioctl(vhost, VHOST_SET_VRING_ADDR, &a);
}

int link_is_up(const struct virtio_net_config *c, unsigned long long features)
{
	return features & (1ull << VIRTIO_NET_F_STATUS) ? c->mac[0] : VIRTIO_NET_S_LINK_UP;
}

unsigned int chain(const struct vring_desc *d)
{
	return d->flags & VRING_DESC_F_NEXT ? d->next : 0;
}
