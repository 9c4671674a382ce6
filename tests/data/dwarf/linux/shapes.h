/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "other.h"
struct plain {
	unsigned char a;
	unsigned short b;
	int c;
	unsigned long long d;
};
enum color { RED, GREEN = 5, BLUE = -1 };
enum { LONE = 7 };
typedef struct { int v; char tail; } anon_t;
typedef union { u32 word; unsigned char bytes[4]; } both_t;
typedef int wide_t __attribute__((aligned(16)));
typedef struct plain plain_t;
typedef enum { SMALL = 3 } small_t;
typedef unsigned short half_t;
typedef const signed char byte_t;
typedef void nothing_t;
typedef int function_t(int);
typedef void (*callback_t)(int);
struct bits {
	unsigned int head;
	unsigned int a:3;
	unsigned int b:5;
	int s:4;
	struct { unsigned int in:2; unsigned int more:6; };
};
struct inside {
	char first;
	union { u32 pad; u32 pio; };
	struct { char p; union { short q; char r; }; } named;
	anon_t typed;
	struct other far;
};
struct flexible { int n; short data[]; };
struct zero { int n; short data[0]; };
struct arrays {
	unsigned char one[8];
	short two[2][3];
	struct plain many[2];
	int *pointer;
	const volatile u32 kept;
	enum color tint;
	_Bool yes;
	float real;
	char *names[3];
	void *any;
	half_t halves[5];
};
struct mixed { signed char low; union { char c; } u; struct { u32 a:4; } deep; };
struct packed { char a; int b; } __attribute__((packed));
struct raised { char a; char b __attribute__((aligned(16))); };
struct whole { char a; } __attribute__((aligned(32)));
struct holder { char a; wide_t w; };
struct nests { char a; struct whole w; };
struct pairs { char a; short b[3]; };
struct later;
struct points { struct later *to; };
struct empty { };
union either { char c; long long wide; };
