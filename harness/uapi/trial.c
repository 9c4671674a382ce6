/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands behind the uses (trials.py), which are in harness_all[]. Each runs in a child of its own,
 * once for each number of harness_fill[]; a line for each use: what it computed, and behind a
 * bar what it left in memory, for one number after the other.
 */
extern int fork(void);
extern int waitpid(int, int *, int);
extern unsigned int alarm(unsigned int);
extern void _exit(int);

static void harness_bytes(const void *p, unsigned long n)
{
	const unsigned char *c = p;
	unsigned long long sum = 14695981039346656037ULL;

	while (n--)
		sum = (sum ^ *c++) * 1099511628211ULL;
	dprintf(1, "#%llx ", sum);
}

/* kind is that of __builtin_classify_type: 5 for a pointer, 8 for a fraction. */
static void harness_tell(int kind, int text, const void *p, unsigned long n)
{
	unsigned long long v = 0;

	if (n > sizeof(v)) {
		harness_bytes(p, n);
		return;
	}
	__builtin_memcpy(&v, p, n);
	if (kind == 8)
		dprintf(1, "%g ", n == sizeof(double) ? *(const double *)p : *(const float *)p);
	else if (kind != 5)
		dprintf(1, "%lld ", (long long)v);
	else if (v - (unsigned long long)&harness_data <= sizeof(harness_data))
		dprintf(1, "data+%llu ", v - (unsigned long long)&harness_data);
	else if (text && v)
		dprintf(1, "\"%.40s\" ", (const char *)v);
	else
		dprintf(1, v ? "elsewhere " : "NULL ");
}

static void harness_run(void (*use)(void))
{
	alarm(2);
	for (unsigned int f = 0; f < sizeof(harness_fill) / sizeof(harness_fill[0]); f++) {
		for (unsigned int b = 0; b < sizeof(harness_data); b++)
			((unsigned char *)&harness_data)[b] = f == 1 ? 0 : f == 2 ? 255 :
				(b * 37 + 11 + f * 29) & 0x7f;
		harness_data.n = harness_data.i = harness_fill[f];
		use();
		dprintf(1, "| ");
		harness_clear(&harness_data);
		harness_bytes(&harness_data, sizeof(harness_data));
		dprintf(1, "; ");
	}
}

int main(void)
{
	for (unsigned int i = 0; i < sizeof(harness_all) / sizeof(harness_all[0]); i++) {
		int pid = fork(), end = 0;

		if (!pid) {
			harness_run(harness_all[i]);
			_exit(0);
		}
		waitpid(pid, &end, 0);
		dprintf(1, end & 0x7f ? "crash\n" : "\n");
	}
	return 0;
}
