# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the folders that the Makefile of the architecture enters, and builds nothing:
# make -I $(srctree) -f entered.mk, in the build directory.
.PHONY: entered
entered: ;
include include/config/auto.conf
include $(srctree)/scripts/Kbuild.include
include $(srctree)/arch/$(SRCARCH)/Makefile
$(info enters $(patsubst %/,%,$(filter %/,$(foreach s,init core drivers net libs virt,$($(s)-y) $($(s)-m)))))
