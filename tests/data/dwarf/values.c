// SPDX-License-Identifier: GPL-2.0-or-later
// Who made it, a number, a value, and a number for its type: 1 is int, 4 is unsigned long, 0 is
// something else.
#define VALUE __attribute__((section("vals"), used)) const struct { unsigned long long o, i, v, k; }
#define OURS 0x6861726e65737321
VALUE v_0 = { OURS, 0, 7, 1 };
VALUE v_1 = { OURS, 1, (unsigned long long)(-1), 4 };
VALUE v_3 = { OURS, 3, 0x4010ae67, 0 };
VALUE theirs = { 4, 5, 6, 7 };
__attribute__((section("vals"), used)) const unsigned long long other = 9;
