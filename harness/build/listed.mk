# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what Kbuild would build in one folder, and builds nothing:
# make -I $(srctree) -f listed.mk obj=FOLDER, in the build directory.
.PHONY: listed
listed: ;
need-builtin := 1
need-modorder := 1
include $(srctree)/scripts/Makefile.build
$(info built $(filter %.o,$(real-obj-y) $(lib-y) $(extra-y) $(always-y)))
$(info module $(filter %.o,$(real-obj-m)))
$(info enters $(subdir-ym))
