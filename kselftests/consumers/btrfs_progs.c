// SPDX-License-Identifier: GPL-2.0-or-later
// btrfs-progs list devices and make snapshots.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/btrfs.h>

int snapshot(int fd, int source, const char *name)
{
	struct btrfs_ioctl_vol_args_v2 args;

	memset(&args, 0, sizeof(args));
	args.fd = source;
	args.flags = BTRFS_SUBVOL_RDONLY;
	strncpy(args.name, name, BTRFS_SUBVOL_NAME_MAX);
	return ioctl(fd, BTRFS_IOC_SNAP_CREATE_V2, &args);
}

unsigned long long used(int fd, unsigned long long id)
{
	struct btrfs_ioctl_dev_info_args info;

	memset(&info, 0, sizeof(info));
	info.devid = id;
	return ioctl(fd, BTRFS_IOC_DEV_INFO, &info) ? 0 : info.bytes_used;
}
