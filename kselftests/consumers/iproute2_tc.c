// SPDX-License-Identifier: GPL-2.0-or-later
// tc builds queueing disciplines out of structs.
#include <string.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

void rate(struct tc_ratespec *r, unsigned int bps, unsigned short mpu)
{
	memset(r, 0, sizeof(*r));
	r->rate = bps;
	r->mpu = mpu;
	r->cell_log = 3;
}

struct tc_netem_qopt delay(unsigned int latency)
{
	struct tc_netem_qopt opt = { .latency = latency, .limit = 1000 };

	return opt;
}

int handle(const struct tcmsg *t)
{
	return TC_H_MAJ(t->tcm_handle) == t->tcm_parent ? t->tcm_ifindex : 0;
}
