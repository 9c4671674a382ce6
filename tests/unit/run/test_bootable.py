# SPDX-License-Identifier: GPL-2.0-or-later
"""A base that does not boot in the configuration that compiles the series."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.errors import NoBootError
from harness.guest import boot
from harness.run import boot_stages, bootable, single
from harness.run.state import Configured
from tests.unit.run.toys import built, counted, raises, reusing

FOUND = Configured(((("B", "y"),),))


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    monkeypatch.setattr(boot_stages, "guest", lambda *_: SimpleNamespace())
    monkeypatch.setattr(single, "in_configuration", counted(
        lambda state, _config, name, **_: replace(state, compiled=((name, ()),))))
    return replace(reusing(built(tmp_path, git)), configured=FOUND)


@pytest.fixture
def boots(monkeypatch):
    def go(bye):
        monkeypatch.setattr(boot, "boot_once", bye if callable(bye) else counted(
            SimpleNamespace(bye=bye)))
    return go


def test_the_plain_configuration_needs_no_trial(known, boots):
    boots(bye=False)
    one = replace(known, configured=Configured())
    assert bootable.checked(one) is one
    assert boot.boot_once.calls == []


def test_one_that_boots_is_asked_once(known, boots):
    boots(bye=True)
    assert not bootable.checked(known).boots_plain
    bootable.checked(known)
    assert len(boot.boot_once.calls) == 1


@pytest.mark.parametrize("bye", [False, raises(NoBootError("no life sign", ""))])
def test_one_that_does_not_is_said_and_compiled_all_the_same(known, boots, bye):
    boots(bye)
    after = bootable.checked(known)
    assert after.boots_plain
    assert "does not boot" in after.notices[-1]
    assert after.compiled == (("x86_64, CONFIG_B=y", ()),)
