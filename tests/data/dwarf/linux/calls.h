/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations as callers know them. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef u32 __le32;
typedef struct { u32 v; } anon_t;
typedef anon_t other_t;
typedef int (*callback_t)(void *data, u32 size);
enum mode { MODE_OFF = -1, MODE_ON };
struct holds {
	const u8 *from;
	u8 *const fixed;
	volatile u32 now;
	__le32 order;
	__le32 orders[4];
	char name[16];
	u8 grid[4][2];
	u8 (*row)[2];
	callback_t call;
	void *any;
	enum mode mode;
	anon_t typed;
	other_t twice;
	struct { u32 x; } nameless;
	unsigned long wide;
	unsigned long long wider;
	u32 tail[];
};
static inline u32 words(const u8 *p, u32 max) { return p[0] & 15 < max ? p[0] : max; }
static inline void none(void) { }
static inline int many(const char *format, ...) { return format[0]; }
static inline struct holds *same(struct holds *h, callback_t call) { return call ? h : 0; }
int declared(int a);
