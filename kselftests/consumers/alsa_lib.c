// SPDX-License-Identifier: GPL-2.0-or-later
// alsa-lib sets the parameters of a stream.
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <sound/asound.h>

int info(int fd, char *name, size_t len)
{
	struct snd_pcm_info i;

	memset(&i, 0, sizeof(i));
	if (ioctl(fd, SNDRV_PCM_IOCTL_INFO, &i) < 0)
		return -1;
	strncpy(name, (const char *)i.name, len);
	return i.device;
}

void mask(struct snd_pcm_hw_params *p, unsigned int n, unsigned int bit)
{
	p->masks[n - SNDRV_PCM_HW_PARAM_FIRST_MASK].bits[bit >> 5] |= 1u << (bit & 31);
}
