// SPDX-License-Identifier: GPL-2.0-or-later
// v4l-utils asks for a format.
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <linux/videodev2.h>

int set_format(int fd, unsigned int width, unsigned int height)
{
	struct v4l2_format f;

	memset(&f, 0, sizeof(f));
	f.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	f.fmt.pix.width = width;
	f.fmt.pix.height = height;
	f.fmt.pix.pixelformat = v4l2_fourcc('Y', 'U', 'Y', 'V');
	f.fmt.pix.field = V4L2_FIELD_ANY;
	return ioctl(fd, VIDIOC_S_FMT, &f);
}

int can_capture(const struct v4l2_capability *cap)
{
	return (cap->capabilities & V4L2_CAP_VIDEO_CAPTURE) != 0 && cap->driver[0];
}
