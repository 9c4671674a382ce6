// SPDX-License-Identifier: GPL-2.0-or-later
#define VALUE __attribute__((section("vals"), used)) const unsigned long long
VALUE v_0 = 7;
VALUE v_1 = (unsigned long long)(-1);
VALUE v_3 = 0x4010ae67;
__attribute__((section("vals"), used)) const unsigned long long other = 9;
