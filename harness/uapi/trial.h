/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands behind the header under test, before what it is put to (trials.py). */
#if __GNUC__ > 10
#define harness_clear __builtin_clear_padding
#else
#define harness_clear(x)
#endif
#define harness_show(x) do { __auto_type harness_r = (x); harness_clear(&harness_r); \
	harness_tell(__builtin_classify_type(harness_r), _Generic(&harness_r, char **: 1, \
	const char **: 1, default: 0), &harness_r, sizeof(harness_r)); } while (0)
#define harness_first(...) do { static const unsigned char harness_i[] = __VA_ARGS__; \
	harness_bytes(harness_i, sizeof(harness_i)); } while (0)
extern int dprintf(int, const char *, ...);
static void harness_bytes(const void *p, unsigned long n);
static void harness_tell(int kind, int text, const void *p, unsigned long n);
