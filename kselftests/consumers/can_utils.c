// SPDX-License-Identifier: GPL-2.0-or-later
// can-utils send frames.
#include <string.h>
#include <sys/socket.h>
#include <linux/can.h>
#include <linux/can/raw.h>

void frame(struct can_frame *f, canid_t id, const unsigned char *data, unsigned char len)
{
	memset(f, 0, sizeof(*f));
	f->can_id = id | CAN_EFF_FLAG;
	f->can_dlc = len;
	memcpy(f->data, data, len);
}

int filter(int s, canid_t id)
{
	struct can_filter f = { .can_id = id, .can_mask = CAN_SFF_MASK };

	return setsockopt(s, SOL_CAN_RAW, CAN_RAW_FILTER, &f, sizeof(f));
}
