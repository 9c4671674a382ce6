// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/shapes.h>
struct here { int v; } object;
