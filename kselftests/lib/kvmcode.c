// SPDX-License-Identifier: GPL-2.0-or-later
/* Accesses -> code in the guest's memory; what the instructions are is each machine's. */
#include <string.h>

#include "kvmcode.h"

#if !defined(__x86_64__) && !defined(__i386__) && !defined(HAVE_LOADSTORE)
#error "kselftests/lib has no guest code for this architecture"
#endif

/* Guest RAM: code and data of each vCPU; page tables lie between. */
#define CODE 0x1000
#define CODE_SIZE 0x800
#define DATA 0x8000
#define DATA_SIZE 0x2000

void emit(struct code *code, int bytes, uint64_t value)
{
	REQUIRE(code->at + bytes < code->end, "the guest program is too long");
	memcpy(code->at, &value, bytes);
	code->at += bytes;
}

uint64_t vm_encode(struct vm *vm, int cpu, const struct access *program, int count)
{
	uint64_t start = CODE + cpu * CODE_SIZE;
	uint32_t data = DATA + cpu * DATA_SIZE;
	const struct access halt = HLT;
	struct code code = {
		.wide = vm->long_mode,
		.ram = vm->ram,
		.at = vm->ram + start,
		.end = vm->ram + start + CODE_SIZE,
		.data = data,
		.data_end = data + DATA_SIZE,
	};
	int i;

	for (i = 0; i < count; i++)
		machine_access(&code, &program[i]);
	machine_access(&code, &halt);
	__builtin___clear_cache((char *)vm->ram + start, (char *)code.at);
	return start;
}
