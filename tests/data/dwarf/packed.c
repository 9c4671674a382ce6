/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of which all or a part is packed. */
struct packed { char a; int b; } __attribute__((packed));
struct tail { int a; char b; } __attribute__((packed));
struct partly { char a; long b __attribute__((packed)); long c; };
struct whole { char a; int b; };
struct packed p;
struct tail t;
struct partly q;
struct whole w;
