// SPDX-License-Identifier: GPL-2.0-or-later
// i2c-tools and spi-tools talk to chips.
#include <string.h>
#include <sys/ioctl.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <linux/spi/spidev.h>

int read_register(int fd, unsigned short address, unsigned char reg, unsigned char *value)
{
	struct i2c_msg m[2] = {
		{ .addr = address, .len = 1, .buf = &reg },
		{ .addr = address, .flags = I2C_M_RD, .len = 1, .buf = value },
	};
	struct i2c_rdwr_ioctl_data d = { .msgs = m, .nmsgs = 2 };

	return ioctl(fd, I2C_RDWR, &d);
}

int transfer(int fd, const void *out, void *in, unsigned int len)
{
	struct spi_ioc_transfer t;

	memset(&t, 0, sizeof(t));
	t.tx_buf = (unsigned long)out;
	t.rx_buf = (unsigned long)in;
	t.len = len;
	return ioctl(fd, SPI_IOC_MESSAGE(1), &t);
}
