// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktap.h"
#include "kvmstat.h"

#define TRACING "/sys/kernel/tracing"
#define MOST_ROWS 64
#define MOST_TASKS 256 /* vCPUs that are in an access at the same time */

static struct row {
	unsigned int port;
	int out;
	unsigned long samples;
	double time; /* us */
	double squares;
} rows[MOST_ROWS];
static int used;

static struct pending {
	int task;
	struct row *row; /* NULL: it is in no access */
	double since; /* us */
} tasks[MOST_TASKS];

static int put(const char *name, const char *text)
{
	char path[128];
	int fd, error = 0;

	snprintf(path, sizeof(path), TRACING "/%s", name);
	fd = open(path, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

int kvmstat_begin(void)
{
	static const char *const settings[][2] = {
		{ "tracing_on", "0" },
		{ "trace_clock", "mono" },
		{ "buffer_size_kb", "8192" },
		{ "trace", "" },
		{ "events/kvm/kvm_pio/enable", "1" },
		{ "events/kvm/kvm_entry/enable", "1" },
		{ "tracing_on", "1" },
	};
	int error;

	memset(rows, 0, sizeof(rows));
	memset(tasks, 0, sizeof(tasks));
	used = 0;
	if (access(TRACING "/trace", F_OK) && mount("tracefs", TRACING, "tracefs", 0, NULL))
		return errno;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		error = put(settings[i][0], settings[i][1]);
		if (error)
			return error;
	}
	return 0;
}

static struct row *find_row(unsigned int port, int out)
{
	int i;

	for (i = 0; i < used; i++)
		if (rows[i].port == port && rows[i].out == out)
			return &rows[i];
	if (used == MOST_ROWS)
		return NULL;
	rows[used].port = port;
	rows[used].out = out;
	return &rows[used++];
}

static struct pending *find_task(int task)
{
	int i;

	for (i = 0; i < MOST_TASKS; i++) {
		if (tasks[i].task == task)
			return &tasks[i];
		if (!tasks[i].task) {
			tasks[i].task = task;
			return &tasks[i];
		}
	}
	return NULL;
}

/* "            bench-88      [001] .....     2.345678: kvm_pio: pio_write at 0x70 size 1 ..." */
static void take(char *line)
{
	char *cpu = strstr(line, " ["), *event, *stamp, *at;
	struct pending *task;
	double when;

	if (line[0] == '#' || !cpu)
		return;
	for (at = cpu; at > line && at[-1] != '-'; at--)
		;
	task = find_task(atoi(at));
	event = strstr(cpu, ": ");
	if (!task || !event)
		return;
	*event = 0;
	stamp = strrchr(cpu, ' ');
	when = stamp ? strtod(stamp, NULL) * 1e6 : 0;
	event += 2;
	if (!strncmp(event, "kvm_entry:", 10) && task->row) {
		task->row->samples++;
		task->row->time += when - task->since;
		task->row->squares += (when - task->since) * (when - task->since);
		task->row = NULL;
	}
	if (!strncmp(event, "kvm_pio:", 8)) {
		at = strstr(event, " at ");
		task->row = find_row(at ? strtoul(at + 4, NULL, 0) : 0,
				     strstr(event, "pio_write") != NULL);
		task->since = when;
	}
}

/* The events that a buffer of a CPU had no room for. */
static long lost(void)
{
	char path[96], line[128];
	long total = 0, number;
	FILE *file;
	int cpu;

	for (cpu = 0; cpu < 64; cpu++) {
		snprintf(path, sizeof(path), TRACING "/per_cpu/cpu%d/stats", cpu);
		file = fopen(path, "r");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "overrun: %ld", &number) == 1 ||
			    sscanf(line, "dropped events: %ld", &number) == 1)
				total += number;
		fclose(file);
	}
	return total;
}

long kvmstat_end(const char *arm)
{
	char line[512], name[128];
	FILE *file;
	int i;

	put("tracing_on", "0");
	put("events/kvm/kvm_pio/enable", "0");
	put("events/kvm/kvm_entry/enable", "0");
	file = fopen(TRACING "/trace", "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		take(line);
	fclose(file);
	for (i = 0; i < used; i++) {
#define ROW(what, value, unit)							\
		do {								\
			snprintf(name, sizeof(name), "%s | 0x%x:%s | %s", arm,	\
				 rows[i].port, rows[i].out ? "POUT" : "PIN", what); \
			ktap_measure(name, value, unit);			\
		} while (0)
		ROW("samples", rows[i].samples, "");
		ROW("time", rows[i].time, "us");
		ROW("squares", rows[i].squares, "us^2");
#undef ROW
	}
	return lost();
}
