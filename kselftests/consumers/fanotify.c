// SPDX-License-Identifier: GPL-2.0-or-later
// Scanners allow or deny what others open.
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include <linux/fanotify.h>

int answer(int fd, const struct fanotify_event_metadata *m, int allow)
{
	struct fanotify_response r = { .fd = m->fd, .response = allow ? FAN_ALLOW : FAN_DENY };

	return m->vers == FANOTIFY_METADATA_VERSION ? write(fd, &r, sizeof(r)) : -1;
}
