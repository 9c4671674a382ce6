# SPDX-License-Identifier: GPL-2.0-or-later
"""Which symbol takes an object away."""

import pytest

from harness.cover.culprit import culprit
from harness.cover.gates import Makefiles

TREE = {
    "Makefile": "drivers-y := drivers/\n",
    "drivers/Makefile": "obj-y += gpu/\n",
    "drivers/gpu/Makefile": "obj-$(CONFIG_DRM) += core.o\nobj-$(CONFIG_DRM_BIG) += big/\n"
                            "obj-$(CONFIG_DRM) += all/\n",
    "drivers/gpu/big/Makefile": "obj-$(CONFIG_DRM_BIG) += big.o\nbig-y := a.o sub/deep.o\n"
                                "big-$(CONFIG_DRM_BIG_OLD) += old.o\nobj-y += plain.o\n",
    "drivers/gpu/all/Makefile": "obj-y += x.o\n",
}


@pytest.mark.parametrize(("path", "symbol"), [
    ("drivers/gpu/big/a.o", "DRM_BIG"), ("drivers/gpu/big/big.o", "DRM_BIG"),
    ("drivers/gpu/big/sub/deep.o", "DRM_BIG"), ("drivers/gpu/big/old.o", "DRM_BIG_OLD"),
    ("drivers/gpu/big/plain.o", "DRM_BIG"), ("drivers/gpu/all/x.o", "DRM"),
    ("drivers/gpu/core.o", "DRM"), ("fs/unknown.o", ""), ("drivers/unknown.o", ""),
])
def test_the_nearest_symbol_is_to_blame(path, symbol):
    on = dict.fromkeys(("CONFIG_DRM", "CONFIG_DRM_BIG", "CONFIG_DRM_BIG_OLD"), "y")
    assert culprit(Makefiles(TREE.get), path, on, frozenset()) == symbol


def test_an_option_that_is_off_already_was_not_it():
    on = {"CONFIG_DRM": "y", "CONFIG_DRM_BIG": "m", "CONFIG_DRM_BIG_OLD": "n"}
    assert culprit(Makefiles(TREE.get), "drivers/gpu/big/old.o", on, ()) == "DRM_BIG"


def test_what_a_guest_needs_is_never_taken_away():
    on = dict.fromkeys(("CONFIG_DRM", "CONFIG_DRM_BIG"), "y")
    assert culprit(Makefiles(TREE.get), "drivers/gpu/big/a.o", on, {"DRM_BIG"}) == ""
    assert culprit(Makefiles(TREE.get), "drivers/gpu/core.o", on, {"DRM"}) == ""
