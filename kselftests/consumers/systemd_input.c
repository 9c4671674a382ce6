// SPDX-License-Identifier: GPL-2.0-or-later
// systemd-logind and libinput read events.
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/input.h>

int is_power_key(const struct input_event *e)
{
	return e->type == EV_KEY && e->code == KEY_POWER && e->value == 1;
}

int has_key(int fd, unsigned int code)
{
	unsigned long bits[KEY_MAX / (8 * sizeof(long)) + 1];
	struct input_id id;

	memset(bits, 0, sizeof(bits));
	if (ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(bits)), bits) < 0 || ioctl(fd, EVIOCGID, &id) < 0)
		return -1;
	return id.bustype == BUS_USB && (bits[code / (8 * sizeof(long))] >> code % (8 * sizeof(long)) & 1);
}
