// SPDX-License-Identifier: GPL-2.0-or-later
// A value, and a number for its type: 1 is int, 4 is unsigned long, 0 is something else.
#define VALUE __attribute__((section("vals"), used)) const struct { unsigned long long v, k; }
VALUE v_0 = { 7, 1 };
VALUE v_1 = { (unsigned long long)(-1), 4 };
VALUE v_3 = { 0x4010ae67, 0 };
__attribute__((section("vals"), used)) const unsigned long long other = 9;
