// SPDX-License-Identifier: GPL-2.0-or-later
// libdrm asks a driver for its version and memory.
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <drm/drm.h>
#include <drm/drm_mode.h>

int version(int fd, char *name, size_t len)
{
	struct drm_version v;

	memset(&v, 0, sizeof(v));
	v.name = name;
	v.name_len = len;
	return ioctl(fd, DRM_IOCTL_VERSION, &v) ? -1 : v.version_major;
}

int dumb(int fd, uint32_t width, uint32_t height, uint64_t *size)
{
	struct drm_mode_create_dumb arg;

	memset(&arg, 0, sizeof(arg));
	arg.width = width;
	arg.height = height;
	arg.bpp = 32;
	if (ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &arg))
		return -1;
	*size = arg.size;
	return arg.handle;
}
