// SPDX-License-Identifier: GPL-2.0-or-later
/* Accesses -> x86 code, 16 bits wide for real mode, 64 for long mode. */
#include "kvmcode.h"

#if defined(__x86_64__) || defined(__i386__)
#include <string.h>

/* An opcode with the prefix that its width needs in this mode. */
static void emit_op(struct code *code, uint32_t width, uint8_t byte_op, uint8_t word_op)
{
	if (width == 8) {
		REQUIRE(code->wide, "eight bytes at once need long mode");
		emit(code, 1, 0x48); /* REX.W */
	} else if (width == (code->wide ? 2 : 4)) {
		emit(code, 1, 0x66); /* the operand size that is not the default */
	}
	emit(code, 1, width == 1 ? byte_op : word_op);
}

/* mov register, value: the register is the low part of the opcode (0 ax, 1 cx, 5 bp, 6 si, 7 di). */
static void emit_word(struct code *code, int reg, uint64_t value)
{
	if (code->wide)
		emit(code, 1, 0x48);
	emit(code, 1, 0xb8 + reg);
	emit(code, code->wide ? 8 : 2, value);
}

static void emit_value(struct code *code, uint32_t width, uint64_t value)
{
	emit_op(code, width, 0xb0, 0xb8); /* mov al/ax/eax/rax, value */
	emit(code, width, value);
}

static void emit_port(struct code *code, uint64_t port)
{
	if (code->wide)
		emit(code, 1, 0x66);
	emit(code, 1, 0xba); /* mov dx, port */
	emit(code, 2, port);
}

/* Guest memory that holds these bytes. */
static uint32_t place(struct code *code, const void *bytes, uint32_t size)
{
	uint32_t at = (code->data + 15) & ~15u;

	REQUIRE(at + size <= code->data_end, "too much data for the guest program");
	memcpy(code->ram + at, bytes, size);
	code->data = at + size;
	return at;
}

/* ModRM and address of an operand: [rdi], or es:[offset] whose prefix is out already. */
static void emit_operand(struct code *code, int reg, uint64_t addr)
{
	emit(code, 1, (code->wide ? 0x07 : 0x06) | reg << 3);
	if (!code->wide)
		emit(code, 2, addr - VM_MMIO);
}

/* What stands before an instruction that reaches MMIO. */
static void emit_reach(struct code *code, const struct access *a, uint64_t size)
{
	if (code->wide) {
		emit_word(code, 7, a->addr);
		return;
	}
	REQUIRE(a->addr >= VM_MMIO && a->addr + size <= VM_MMIO + VM_MMIO_SIZE,
		"no MMIO at 0x%llx in real mode", (unsigned long long)a->addr);
}

static void emit_es(struct code *code)
{
	if (!code->wide)
		emit(code, 1, 0x26);
}

/* Widths that real mode has no general register for: MMX for 8 bytes, SSE for 16. */
static void emit_vector(struct code *code, const struct access *a, int store)
{
	uint64_t bytes[2] = { a->value, a->high };
	uint32_t at = place(code, bytes, a->width);
	uint16_t load_op = a->width == 8 ? 0x6f0f : 0x100f; /* movq mm0 / movups xmm0 */
	uint16_t store_op = a->width == 8 ? 0x7f0f : 0x110f;

	if (store) {
		if (code->wide)
			emit_word(code, 6, at);
		emit(code, 2, load_op);
		emit(code, 1, 0x06); /* [rsi] or [disp16] */
		if (!code->wide)
			emit(code, 2, at);
	}
	emit_es(code);
	emit(code, 2, store ? store_op : load_op);
	emit_operand(code, 0, a->addr);
}

static void emit_mmio(struct code *code, const struct access *a)
{
	int store = a->kind == ACCESS_WRITE;

	emit_reach(code, a, a->width);
	if (a->kind == ACCESS_OR) {
		emit_es(code);
		emit(code, 1, 0x80); /* or byte, value */
		emit_operand(code, 1, a->addr);
		emit(code, 1, a->value);
	} else if (a->width == 16 || (a->width == 8 && !code->wide)) {
		emit_vector(code, a, store);
	} else {
		if (store)
			emit_value(code, a->width, a->value);
		emit_es(code);
		emit_op(code, a->width, store ? 0x88 : 0x8a, store ? 0x89 : 0x8b);
		emit_operand(code, 0, a->addr);
	}
}

static void emit_string(struct code *code, const struct access *a)
{
	uint32_t i;

	if (a->kind == ACCESS_OUTS) {
		emit_port(code, a->addr);
		code->data = (code->data + 15) & ~15u;
		emit_word(code, 6, code->data);
		REQUIRE(code->data + a->count * a->width <= code->data_end,
			"too much data for OUTS");
		for (i = 0; i < a->count; i++, code->data += a->width) {
			uint64_t value = a->value + i;

			memcpy(code->ram + code->data, &value, a->width);
		}
	} else {
		emit_reach(code, a, (uint64_t)a->count * a->width);
		if (!code->wide)
			emit_word(code, 7, a->addr - VM_MMIO);
		emit_value(code, a->width, a->value);
	}
	emit_word(code, 1, a->count);
	emit(code, 2, 0xf3fc); /* cld; rep */
	if (a->kind == ACCESS_OUTS)
		emit_op(code, a->width, 0x6e, 0x6f);
	else
		emit_op(code, a->width, 0xaa, 0xab);
}

const char *machine_lacks(const struct access *a)
{
	(void)a;
	return NULL;
}

void machine_access(struct code *code, const struct access *a)
{
	switch (a->kind) {
	case ACCESS_OUT:
		emit_port(code, a->addr);
		emit_value(code, a->width, a->value);
		emit_op(code, a->width, 0xee, 0xef);
		break;
	case ACCESS_IN:
		emit_port(code, a->addr);
		emit_op(code, a->width, 0xec, 0xed);
		break;
	case ACCESS_WRITE:
	case ACCESS_READ:
	case ACCESS_OR:
		emit_mmio(code, a);
		break;
	case ACCESS_OUTS:
	case ACCESS_STOS:
		emit_string(code, a);
		break;
	case ACCESS_LOOP:
		emit_word(code, 5, a->count);
		code->loop = code->at;
		break;
	case ACCESS_END:
		REQUIRE(code->loop, "END without LOOP");
		emit_op(code, code->wide ? 4 : 2, 0, 0xff); /* dec ebp / dec bp */
		emit(code, 1, 0xcd);
		emit(code, 2, 0x850f); /* jnz loop */
		if (code->wide)
			emit(code, 4, code->loop - (code->at + 4));
		else
			emit(code, 2, code->loop - (code->at + 2));
		break;
	case ACCESS_HLT:
		emit(code, 1, 0xf4);
		break;
	case ACCESS_SPIN:
		emit(code, 2, 0xfeeb);
		break;
	case ACCESS_DEBUG:
	case ACCESS_EINTR:
		REQUIRE(0, "that is an exit, and nothing that a guest can do");
	}
}
#endif
