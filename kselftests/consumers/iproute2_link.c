// SPDX-License-Identifier: GPL-2.0-or-later
// iproute2 asks for links and reads what comes back.
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

struct request {
	struct nlmsghdr n;
	struct ifinfomsg i;
	char buf[1024];
};

void ask(struct request *r, int index)
{
	memset(r, 0, sizeof(*r));
	r->n.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	r->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	r->n.nlmsg_type = RTM_GETLINK;
	r->i.ifi_family = AF_UNSPEC;
	r->i.ifi_index = index;
}

unsigned long long bytes(struct nlmsghdr *n)
{
	struct ifinfomsg *i = NLMSG_DATA(n);
	int len = n->nlmsg_len - NLMSG_LENGTH(sizeof(*i));
	struct rtattr *a;

	for (a = IFLA_RTA(i); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == IFLA_STATS64)
			return ((struct rtnl_link_stats64 *)RTA_DATA(a))->rx_bytes;
	return 0;
}
