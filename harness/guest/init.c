// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's only process of ours: runs what /run lists, passes every line on
 * to the results port with the run's nonce and the program's name, and powers
 * off. The console is left to the kernel.
 *
 * /run: one line per program: deadline in seconds, name, arguments; "cpus" starts
 * the CPUs that the command line (maxcpus=1) has left out; "need" names a path
 * whose absence is noted; "command" before a line: somebody else's program, which does
 * not mark its tests in the kernel's log, and may be a script; "kmsg" passes
 * on the kernel's log; "shell" gives one to whoever sits at the console; "marks" lets
 * the log of what this guest executes say which program begins (harness/guest/trace.py).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGUMENTS 512
#define MAX_CPUS 64
#define LINE_MAX_BYTES 4096
#define KMEMLEAK "/sys/kernel/debug/kmemleak"
#define KMEMLEAK_AGE 6 /* seconds; younger objects are not reported (mm/kmemleak.c) */
#define MARKS 0x600000000000UL /* as in trace.py, with so many bytes for each program */
#define MARKS_EACH 0x10000UL
#define OUTPUT_CAP (4 << 20) /* bytes that one program may print */

static char nonce[64];
static int port;
static bool marks;

static void say(const char *program, const char *text, size_t length)
{
	char line[LINE_MAX_BYTES + 256];
	size_t size, done = 0;
	ssize_t n;

	if (length > LINE_MAX_BYTES)
		length = LINE_MAX_BYTES;
	size = snprintf(line, sizeof(line), "%s %s %.*s\n", nonce, program, (int)length, text);
	while (done < size) {
		n = write(port, line + done, size - done);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			done += n;
	}
}

static void sayf(const char *program, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(program, text, strlen(text));
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 0777);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
}

static int open_port(const char *name)
{
	struct termios tio;
	int fd = open(name, O_RDWR | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (!tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		cfsetspeed(&tio, B115200);
		tcsetattr(fd, TCSANOW, &tio);
	}
	return fd;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* What a program says; no line of its is taken for one of ours ("@start"). */
static void pass_on(const char *program, const char *text, size_t length)
{
	char line[LINE_MAX_BYTES];

	if (!length || text[0] != '@') {
		say(program, text, length);
		return;
	}
	if (length > sizeof(line) - 2)
		length = sizeof(line) - 2;
	memcpy(line, "# ", 2);
	memcpy(line + 2, text, length);
	say(program, line, length + 2);
}

/* Passes on what is complete; returns the bytes that are left over. */
static size_t pass_lines(const char *program, char *buffer, size_t used)
{
	char *start = buffer, *end;

	while ((end = memchr(start, '\n', buffer + used - start))) {
		pass_on(program, start, end - start);
		start = end + 1;
	}
	used -= start - buffer;
	memmove(buffer, start, used);
	return used;
}

/* Reads until the program ends or its time is up; returns why it stopped. */
static const char *relay(const char *program, int fd, double deadline)
{
	char buffer[LINE_MAX_BYTES];
	size_t used = 0, total = 0;
	ssize_t n;

	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		double left = deadline - now();

		if (left <= 0)
			return "deadline";
		if (poll(&poller, 1, left * 1000 + 1) <= 0)
			continue;
		n = read(fd, buffer + used, sizeof(buffer) - used);
		if (n <= 0) {
			if (used)
				pass_on(program, buffer, used);
			return NULL;
		}
		total += n;
		if (total > OUTPUT_CAP)
			return "flood";
		used = pass_lines(program, buffer, used + n);
		if (used == sizeof(buffer)) {
			pass_on(program, buffer, used);
			used = 0;
		}
	}
}

/* Whether the process has ended by then. */
static bool reaped(pid_t pid, int *status, double deadline)
{
	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now() > deadline)
			return false;
		usleep(1000);
	}
	return true;
}

/* Runs code that nobody has run: a "return" at the address of the next program. */
static void mark_program(void)
{
#ifdef __x86_64__
	static unsigned long next = MARKS;
	unsigned char *at = mmap((void *)next, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	char base[32];

	if (at != (void *)next)
		return;
	*at = 0xc3;
	((void (*)(void))at)();
	snprintf(base, sizeof(base), "%lx", next);
	setenv("KTAP_MARKS", base, 1); /* ktap.c goes on from there, for each test */
	munmap(at, 4096);
	next += MARKS_EACH;
#endif
}

static void run(double seconds, char *program, char **argv)
{
	const char *stopped;
	double deadline, began;
	int pipe_fd[2], status = 0;
	char path[256];
	pid_t pid;

	if (pipe(pipe_fd)) {
		sayf(program, "@error pipe: %s", strerror(errno));
		return;
	}
	sayf(program, "@start");
	if (marks)
		mark_program();
	snprintf(path, sizeof(path), "/tests/%s", program);
	argv[0] = path; /* with its folder: KVM's selftests load their own file as a guest */
	pid = fork();
	if (pid == 0) {
		setsid();
		if (chdir("/tests"))
			sayf(program, "@error chdir: %s", strerror(errno));
		dup2(pipe_fd[1], 1);
		dup2(pipe_fd[1], 2);
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		setenv("KTAP_KMSG", "1", 1);
		execv(path, argv);
		if (errno == ENOEXEC) {
			argv[-1] = "sh";
			execv("/bin/busybox", argv - 1);
			execv("/bin/sh", argv - 1);
		}
		printf("@error exec: %s\n", strerror(errno));
		_exit(127);
	}
	close(pipe_fd[1]);
	if (pid < 0) {
		sayf(program, "@error fork: %s", strerror(errno));
		sayf(program, "@end 127");
		close(pipe_fd[0]);
		return;
	}
	began = now();
	deadline = began + seconds;
	stopped = relay(program, pipe_fd[0], deadline);
	close(pipe_fd[0]);
	/* Its output may end before it does. */
	if (!stopped && !reaped(pid, &status, deadline))
		stopped = "deadline";
	if (stopped) {
		kill(-pid, SIGKILL);
		sayf(program, "@stopped %s", stopped);
		/* A process stuck in the kernel cannot be waited for; two seconds will do. */
		reaped(pid, &status, now() + 2);
	}
	sayf(program, "@took %.3f", now() - began);
	if (WIFSIGNALED(status))
		sayf(program, "@end signal %d", WTERMSIG(status));
	else
		sayf(program, "@end %d", WEXITSTATUS(status));
}

static void mark_kernel_log(const char *text)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		sayf("-", "@error /dev/kmsg: %s", strerror(errno));
	close(fd);
}

/* With kmemleak in the kernel: what nothing points to any more, as a test of its own. */
static void look_for_leaks(void)
{
	const char *program = "kernel";
	char line[256], text[300];
	int fd, count = 0, i;
	FILE *leaks;

	fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	mark_kernel_log("<5>ktap: kernel.no_leaks\n");
	sayf(program, "1..1");
	sleep(KMEMLEAK_AGE);
	for (i = 0; i < 2; i++) /* an object is reported when two scans have not found it */
		if (write(fd, "scan", 4) != 4)
			sayf(program, "# scan: %s", strerror(errno));
	close(fd);
	leaks = fopen(KMEMLEAK, "r");
	while (leaks && fgets(line, sizeof(line), leaks)) {
		count += !strncmp(line, "unreferenced object", 19);
		line[strcspn(line, "\n")] = 0;
		snprintf(text, sizeof(text), "# %s", line);
		if (count < 8)
			say(program, text, strlen(text));
	}
	if (leaks)
		fclose(leaks);
	sayf(program, count ? "# %d objects" : "# no object", count);
	sayf(program, count ? "not ok 1 no_leaks" : "ok 1 no_leaks");
}

/*
 * The kernel's log so far, record by record: Documentation/ABI/testing/dev-kmsg. Nobody can write
 * into the middle of a line there, as on the console.
 */
static void pass_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[LINE_MAX_BYTES * 3], *text, *end;
	ssize_t n;

	if (fd < 0) {
		sayf("-", "@error /dev/kmsg: %s", strerror(errno));
		return;
	}
	sayf("log", "@start");
	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && (errno == EPIPE || errno == EINVAL)) {
			sayf("log", "@lost"); /* overwritten meanwhile, or too long */
			if (errno == EINVAL)
				break;
			continue;
		}
		if (n <= 0)
			break;
		record[n] = 0;
		text = strchr(record, ';');
		end = text ? strchr(text, '\n') : NULL;
		if (end)
			say("log", text + 1, end - text - 1);
	}
	sayf("log", "@end 0");
	close(fd);
}

static void start_cpus(void)
{
	char path[64];
	int cpu, fd;

	for (cpu = 1; cpu < MAX_CPUS; cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return;
		if (write(fd, "1", 1) != 1)
			sayf("-", "@error %s: %s", path, strerror(errno));
		close(fd);
	}
}

/* Busybox's commands, for scripts. */
static void install_commands(void)
{
	pid_t pid;

	if (access("/bin/busybox", X_OK))
		return;
	setenv("PATH", "/bin:/tests", 1);
	pid = fork();
	if (pid == 0) {
		execl("/bin/busybox", "busybox", "--install", "-s", "/bin", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* A shell on the console, with busybox's commands, until it ends. */
static void shell(void)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		setsid();
		fd = open("/dev/console", O_RDWR);
		ioctl(fd, TIOCSCTTY, 1);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		setenv("PS1", "guest# ", 1);
		setenv("TERM", "linux", 1);
		execl("/bin/busybox", "sh", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void run_list(void)
{
	char line[32768], mark[300], *words[MAX_ARGUMENTS], **argv = words + 1, *word;
	FILE *list = fopen("/run", "r");

	if (!list) {
		sayf("-", "@error /run: %s", strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), list)) {
		char *seconds = strtok(line, " \n"), *program = strtok(NULL, " \n");
		int count = 0;

		if (seconds && !program && !strcmp(seconds, "cpus"))
			start_cpus();
		if (seconds && !program && !strcmp(seconds, "shell"))
			shell();
		if (seconds && !program && !strcmp(seconds, "marks"))
			marks = true;
		if (seconds && !program && !strcmp(seconds, "kmsg"))
			pass_kernel_log();
		if (program && !strcmp(seconds, "need")) {
			if (access(program, F_OK))
				sayf("-", "@missing %s", program);
			continue;
		}
		if (!seconds || !program)
			continue;
		if (!strcmp(seconds, "command")) {
			seconds = program;
			program = strtok(NULL, " \n");
			if (!program)
				continue;
			snprintf(mark, sizeof(mark), "<5>ktap: %s.\n", program);
			mark_kernel_log(mark);
		}
		argv[count++] = program;
		while ((word = strtok(NULL, " \n")) && count < MAX_ARGUMENTS - 2)
			argv[count++] = word;
		argv[count] = NULL;
		run(atof(seconds), program, argv);
	}
	fclose(list);
}

int main(void)
{
	char name[64] = "/dev/";
	FILE *file;

	mount_all();
	file = fopen("/nonce", "r");
	if (!file || fscanf(file, "%63s /dev/%32s", nonce, name + 5) != 2)
		reboot(RB_AUTOBOOT);
	fclose(file);
	unlink("/nonce");
	port = open_port(name);
	if (port >= 0) {
		say("-", "@hello", 6);
		install_commands();
		run_list();
		look_for_leaks();
		say("-", "@bye", 4);
		tcdrain(port);
	}
	sync();
	reboot(RB_AUTOBOOT); /* with -no-reboot QEMU ends here */
	return 1;
}
