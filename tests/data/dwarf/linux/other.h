/* SPDX-License-Identifier: GPL-2.0-or-later */
#define OTHER 1
typedef unsigned int u32;
struct other { int v; };
enum other_e { OTHER_ONE = 1 };
