// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/toy.h>

#define TOY_LIMIT		16
#define TOY_SPEED		3

struct toy {
	int		running;
	int		stops;
	const char	*name;
};

/* A line that is long enough for a mailer to break it where it should not be broken at all. */
static int toy_check(const struct toy *toy, unsigned int speed, unsigned int limit)
{
	if (!toy || !toy->name)
		return -22;

	if (speed > limit) {
		if (toy->running)
			return -16;
		return -34;
	}

	return 0;
}

int toy_start(struct toy *toy)
{
	int ret = toy_check(toy, TOY_SPEED, TOY_LIMIT);

	if (ret)
		return ret;

	toy->running = 1;
	return 0;
}

int toy_stop(struct toy *toy)
{
	if (!toy->running)
		return -22;

	toy->running = 0;
	return 0;
}
