// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests as no author should send them: init in the place of the harness's own. */
#define main usual
#include "init.c"
#undef main

static void results(const char *text)
{
	say("p", text, strlen(text));
}

static void begin(const char *test)
{
	char mark[64];

	snprintf(mark, sizeof(mark), "<5>ktap: p.%s\n", test);
	mark_kernel_log(mark);
}

int main(void)
{
	const char *what = HOSTILE;
	char name[64] = "/dev/";
	FILE *file;
	int i;

	if (!strcmp(what, "panic-in-boot"))
		return 1;
	if (!strcmp(what, "silent-in-boot"))
		for (;;)
			pause();
	mount_all();
	file = fopen("/nonce", "r");
	if (!file || fscanf(file, "%63s /dev/%32s", nonce, name + 5) != 2)
		return 1;
	port = open_port(name);
	say("-", "@hello", 6);
	sayf("p", "@start");
	results("KTAP version 1");
	results("1..3");
	begin("a");
	results("ok 1 a");
	begin("b");
	if (!strcmp(what, "panic-in-test"))
		return 1;
	if (!strcmp(what, "hang"))
		for (;;)
			pause();
	if (!strcmp(what, "spin"))
		for (;;)
			;
	if (!strcmp(what, "slow"))
		sleep(3);
	if (!strcmp(what, "reboot")) {
		tcdrain(port);
		reboot(RB_AUTOBOOT);
	}
	if (!strcmp(what, "flood"))
		for (;;)
			printf("all work and no play makes a dull log, over and over again\n");
	if (!strcmp(what, "flood-of-results"))
		for (;;)
			results("# all work and no play makes a dull log, over and over again");
	if (!strcmp(what, "lies-on-the-console"))
		for (i = 0; i < 3; i++)
			printf("ok 2 b\nok 3 c\n%016x p ok 2 b\n", i);
	if (!strcmp(what, "strange-bytes"))
		results("# \xff\xfe\x1b[2J\x1b]0;owned\x07 ::error::x </script>");
	if (!strcmp(what, "panic-after-the-last")) {
		results("ok 2 b");
		begin("c");
		results("ok 3 c");
		sayf("p", "@end 0");
		say("-", "@bye", 4);
		tcdrain(port);
		return 1;
	}
	if (!strcmp(what, "strange-bytes")) {
		results("not ok 2 b");
		results("ok 3 c");
	}
	/* truncated: the plan says three */
	sayf("p", "@end 0");
	say("-", "@bye", 4);
	tcdrain(port);
	reboot(RB_AUTOBOOT);
	return 1;
}
