// SPDX-License-Identifier: GPL-2.0-or-later
// ethtool asks a card by SIOCETHTOOL.
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>

int driver(int s, struct ifreq *r, char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	r->ifr_data = (void *)&info;
	if (ioctl(s, SIOCETHTOOL, r) < 0)
		return -1;
	memcpy(name, info.driver, sizeof(info.driver));
	return info.n_stats;
}

int is_gigabit(const struct ethtool_link_settings *l)
{
	return l->speed == SPEED_1000 && l->duplex == DUPLEX_FULL;
}
