// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual machines and VPNs open a tap device.
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if.h>
#include <linux/if_tun.h>

int tap(int fd, const char *name)
{
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	r.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	return ioctl(fd, TUNSETIFF, &r);
}

int offload(int fd)
{
	return ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4);
}
