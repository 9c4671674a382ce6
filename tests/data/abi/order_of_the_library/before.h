/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
#include <asm/byteorder.h>
struct x_s {
#if defined(__BIG_ENDIAN_BITFIELD)
	unsigned char rsvd:4, ver:4;
#else
	unsigned char ver:4, rsvd:4;
#endif
};
