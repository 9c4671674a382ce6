// SPDX-License-Identifier: GPL-2.0-or-later
// libgpiod asks for lines.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/gpio.h>

int line(int chip, unsigned int offset, const char *consumer)
{
	struct gpiohandle_request r;

	memset(&r, 0, sizeof(r));
	r.lineoffsets[0] = offset;
	r.lines = 1;
	r.flags = GPIOHANDLE_REQUEST_INPUT;
	strncpy(r.consumer_label, consumer, sizeof(r.consumer_label) - 1);
	return ioctl(chip, GPIO_GET_LINEHANDLE_IOCTL, &r) ? -1 : r.fd;
}
