#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How the object files here were made, in this folder, once (gcc 12.2): ./made.sh
set -e
shapes="-c -g -O0 -I $PWD -fno-eliminate-unused-debug-types -ffile-prefix-map=$PWD=/headers"
gcc -m64 $shapes shapes.c -o shapes64.o
gcc -m32 $shapes shapes.c -o shapes32.o
gcc -m64 $shapes -gdwarf-4 shapes.c -o dwarf4.o
# clang says how many elements an array has, where gcc says the last one: so here each has one less
gcc -m64 ${shapes#-c} -dA -S shapes.c -o - | sed \
	-e 's/uleb128 0x2f\(.*DW_AT_upper_bound\)/uleb128 0x37\1/' | gcc -c -x assembler - -o counted.o
gcc -m64 $shapes packed.c -o packed.o
gcc -m64 $shapes -fkeep-inline-functions -fkeep-static-functions calls.c -o calls.o
gcc -m64 -c values.c -o values.o
aarch64-linux-gnu-gcc -mbig-endian -c values.c -o values-big.o
