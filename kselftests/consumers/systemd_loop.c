// SPDX-License-Identifier: GPL-2.0-or-later
// systemd and losetup set up loop devices.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <linux/loop.h>

int attach(int loop, const char *name, unsigned long long offset)
{
	struct loop_info64 info;

	memset(&info, 0, sizeof(info));
	info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
	info.lo_offset = offset;
	strncpy((char *)info.lo_file_name, name, LO_NAME_SIZE - 1);
	return ioctl(loop, LOOP_SET_STATUS64, &info);
}

int size(int fd, unsigned long long *bytes)
{
	return ioctl(fd, BLKGETSIZE64, bytes);
}
