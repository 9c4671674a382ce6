// SPDX-License-Identifier: GPL-2.0-or-later
// Chromium and others read addresses of links, in C++.
#include <net/if.h>
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

struct Address {
	struct ifaddrmsg message;
	int score;
};

int prefix(const Address &a)
{
	return a.message.ifa_flags & IFA_F_TENTATIVE ? 0 : a.message.ifa_prefixlen;
}

int index(struct nlmsghdr *header)
{
	ifaddrmsg *m = static_cast<ifaddrmsg *>(NLMSG_DATA(header));
	return header->nlmsg_type == RTM_NEWADDR ? static_cast<int>(m->ifa_index) : -1;
}
