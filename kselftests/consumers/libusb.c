// SPDX-License-Identifier: GPL-2.0-or-later
// libusb submits transfers.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>

int submit(int fd, unsigned char endpoint, void *data, int len)
{
	struct usbdevfs_urb urb;

	memset(&urb, 0, sizeof(urb));
	urb.type = USBDEVFS_URB_TYPE_BULK;
	urb.endpoint = endpoint | USB_DIR_IN;
	urb.buffer = data;
	urb.buffer_length = len;
	return ioctl(fd, USBDEVFS_SUBMITURB, &urb);
}

int is_hub(const struct usb_device_descriptor *d)
{
	return d->bDeviceClass == USB_CLASS_HUB && d->bLength == USB_DT_DEVICE_SIZE;
}
