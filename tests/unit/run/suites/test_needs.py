# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that have what a target needs."""

import pytest

from harness.build import kconfig
from harness.build.selftests import Selftests
from harness.model import Kconfig
from harness.run import configs
from harness.run.suites import needs, sides
from harness.run.suites.targets import Target
from tests.unit.run.toys import built, counted, image


@pytest.fixture
def kernels(tmp_path, git, versions, monkeypatch):
    """``kernels(symbols, have)``: whether those that are there serve, else the lines added."""
    known = built(tmp_path, git)
    made = image(tmp_path / "b"), image(tmp_path / "p")
    monkeypatch.setattr(configs, "config_of", lambda _: Kconfig(("CONFIG_64BIT=y\n",)))
    monkeypatch.setattr(sides, "base", counted(made[0]))
    monkeypatch.setattr(sides, "patched", counted(lambda state, *_: (made[1], state)))

    def go(symbols, **have):
        monkeypatch.setattr(kconfig, "values", lambda _: {
            f"CONFIG_{k}": v for k, v in have.items()})
        found = needs.kernels(known, Target("kvm", Selftests(), 1, 1, symbols))
        if found == (known.image_base, known.image_patched):
            return None
        assert found == made
        return sides.base.calls[-1][0][1].fragments[-1]
    return go


@pytest.mark.parametrize("symbols", [
    "", "CONFIG_KVM=y\n", "CONFIG_KVM=m\n", "# CONFIG_X is not set\n"])
def test_the_kernels_that_are_there_serve_where_they_can(kernels, symbols):
    assert kernels(symbols, KVM="y") is None


def test_else_both_are_built_with_what_lacks_and_nothing_is_a_module(kernels):
    assert kernels("CONFIG_KVM=m\nCONFIG_X=y\n# comment\n") == (
        "CONFIG_KVM=y # optional\nCONFIG_X=y # optional\n")
