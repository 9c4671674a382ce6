// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays operations from a script and prints what the kernel made of each, for
 * a comparison with model.py. Nothing is judged here.
 *
 * The script is /data/replay, or $REPLAY: "case ID KIND MODE" and then one
 * operation a line, numbers in hex; cases of the kind "probe" belong to all tests. model.py says what each of them means.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone.h"

#define EXITS_SHOWN 40
#define OPS_PER_LINE 8
#define MAX_NUMBERS 6

static char token[2048];

/* What a reader of the ring can rely on: bytes behind a value are left out unless asked for. */
static uint32_t ring_checksum(const struct ring *ring, int tails)
{
	struct ring copy = *ring;
	const uint8_t *bytes = (const uint8_t *)&copy;
	uint32_t a = 1, b = 0; /* Adler-32 (RFC 1950); no overflow below 5552 bytes */
	size_t i;

	for (i = 0; !tails && i < RING_SLOTS; i++)
		if (copy.entry[i].len < sizeof(copy.entry[i].data))
			memset(copy.entry[i].data + copy.entry[i].len, 0,
			       sizeof(copy.entry[i].data) - copy.entry[i].len);
	for (i = 0; i < sizeof(copy); i++) {
		a += bytes[i];
		b += a;
	}
	return (b % 65521) << 16 | a % 65521;
}

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...)
{
	size_t used = strlen(token);
	va_list args;

	va_start(args, format);
	vsnprintf(token + used, sizeof(token) - used, format, args);
	va_end(args);
}

static void add_exit(struct vm *vm, int reason)
{
	static const char letters[] = {
		[ACCESS_OUT] = 'o', [ACCESS_IN] = 'i', [ACCESS_WRITE] = 'w', [ACCESS_READ] = 'r',
	};
	struct access got;

	if (reason < 0)
		add("e%x", -reason);
	else if (!vm_last_exit(vm, &got) || got.kind > ACCESS_READ)
		add("x%x", reason);
	else if (got.kind == ACCESS_IN || got.kind == ACCESS_READ)
		add("%c%" PRIx64 ".%x", letters[got.kind], got.addr, got.width * got.count);
	else
		add("%c%" PRIx64 ".%x=%" PRIx64, letters[got.kind], got.addr,
		    got.width * got.count, got.value);
}

static void guest(struct vm *vm, int cpu, struct access access, int tails)
{
	struct ring *ring;
	int i, reason;

	if (machine_lacks(&access)) {
		add("none");
		return;
	}
	vm_select(vm, cpu);
	vm_load(vm, &access, 1);
	for (i = 0; i < EXITS_SHOWN; i++) {
		reason = vm_run(vm);
		if (reason == KVM_EXIT_HLT)
			break;
		add_exit(vm, reason);
		add(",");
		if (reason != KVM_EXIT_IO && reason != KVM_EXIT_MMIO)
			break;
	}
	ring = zone_ring(vm);
	add("h:%x:%x", ring->last, ring_checksum(ring, tails));
}

static void operation(struct vm *vm, char op, const uint64_t *n, int tails)
{
	struct ring *ring = zone_ring(vm);
	uint32_t pending;

	switch (op) {
	case 'c':
		add("=%x", vm_cap(vm, n[0]));
		break;
	case 'r':
		add("=%x", zone_register(vm, n[1], n[2], n[0]));
		break;
	case 'u':
		add("=%x", zone_unregister(vm, n[1], n[2], n[0]));
		break;
	case 'o':
		guest(vm, n[0], (struct access){ ACCESS_OUT, n[2], n[1], n[3], 1, 0 }, tails);
		break;
	case 'i':
		guest(vm, n[0], (struct access){ ACCESS_IN, n[2], n[1], 0, 1, 0 }, tails);
		break;
	case 's':
		guest(vm, n[0], (struct access){ ACCESS_OUTS, n[2], n[1], n[4], n[3], 0 }, tails);
		break;
	case 'w':
		guest(vm, n[0], (struct access){ ACCESS_WRITE, n[2], n[1], n[3], 1, n[4] }, tails);
		break;
	case 'q':
		guest(vm, n[0], (struct access){ ACCESS_READ, n[2], n[1], 0, 1, 0 }, tails);
		break;
	case 'm':
		guest(vm, n[0], (struct access){ ACCESS_OR, 1, n[1], n[2], 1, 0 }, tails);
		break;
	case 't':
		guest(vm, n[0], (struct access){ ACCESS_STOS, n[2], n[1], n[4], n[3], 0 }, tails);
		break;
	case 'f':
		ring->first = n[0];
		add("-");
		break;
	case 'l':
		ring->last = n[0];
		add("-");
		break;
	case 'd':
		pending = ring_pending(ring);
		ring->first = (ring->first + (n[0] < pending ? n[0] : pending)) % RING_SLOTS;
		add("-");
		break;
	case 'p':
		memset(&ring->entry[n[0] % RING_SLOTS], n[1], sizeof(ring->entry[0]));
		add("-");
		break;
	default:
		REQUIRE(0, "unknown operation '%c'", op);
	}
}

struct progress {
	unsigned int id;
	int tails;
	int open; /* there is a VM */
	int ops;
	char line[OPS_PER_LINE * sizeof(token)];
	size_t used;
};

static void flush_line(struct progress *at)
{
	if (at->used)
		printf("# replay %u %d%s\n", at->id, at->ops - (at->ops - 1) % OPS_PER_LINE - 1,
		       at->line);
	at->used = 0;
	fflush(stdout);
}

static void close_case(struct progress *at, struct vm *vm)
{
	if (!at->open)
		return;
	flush_line(at);
	vm_destroy(vm);
	at->open = 0;
}

static void open_case(struct progress *at, struct vm *vm, int tails, const char *mode)
{
	at->tails = tails;
	at->open = 1;
	at->ops = 0;
	zone_vm(vm);
	if (!strcmp(mode, "long"))
		vm_long_mode(vm);
	vm_vcpu(vm);
}

static void one_line(struct progress *at, struct vm *vm, char *line)
{
	uint64_t numbers[MAX_NUMBERS] = { 0 };
	char *rest = line + 1;
	int count;

	for (count = 0; count < MAX_NUMBERS && *rest == ' '; count++)
		numbers[count] = strtoull(rest, &rest, 16);
	token[0] = 0;
	operation(vm, line[0], numbers, at->tails);
	at->ops++;
	at->used += snprintf(at->line + at->used, sizeof(at->line) - at->used, " %s", token);
	if (at->ops % OPS_PER_LINE == 0)
		flush_line(at);
}

static void replay(const char *wanted)
{
	const char *path = getenv("REPLAY") ?: "/data/replay";
	static struct progress at;
	char line[256], kind[16], mode[16];
	FILE *script = fopen(path, "r");
	struct vm vm;
	int mine = 0;

	if (!script)
		ktap_skip("no script at %s", path);
	while (fgets(line, sizeof(line), script)) {
		if (!strncmp(line, "case ", 5)) {
			close_case(&at, &vm);
			REQUIRE(sscanf(line, "case %u %15s %15s", &at.id, kind, mode) == 3,
				"bad line in the script: %s", line);
			mine = !strcmp(kind, wanted) || !strcmp(kind, "probe");
			if (mine)
				open_case(&at, &vm, !strcmp(wanted, "corners"), mode);
		} else if (mine) {
			one_line(&at, &vm, line);
		}
	}
	close_case(&at, &vm);
	fclose(script);
}

static void contract(void)
{
	replay("contract");
}

static void corners(void)
{
	replay("corners");
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "contract", contract, NULL },
		{ "corners", corners, NULL },
	};

	return ktap_main(argc, argv, tests, ARRAY_SIZE(tests));
}
