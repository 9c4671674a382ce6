// SPDX-License-Identifier: GPL-2.0-or-later
/* François wrote this. */
int latin;
