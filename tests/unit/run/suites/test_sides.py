# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's own suites."""

from dataclasses import replace

import pytest

from harness.build import kernel
from harness.model import Kconfig, Sources
from harness.run import watch
from harness.run.suites import sides
from tests.unit.run.toys import built, counted, image, reusing

CONFIG = Kconfig(("CONFIG_KUNIT=y",))


@pytest.fixture
def known(tmp_path, git, versions):
    return reusing(built(tmp_path, git))


def test_the_base_comes_from_the_cache_of_kernels(known, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "base", counted(image(tmp_path / "b")))
    sides.base(known, CONFIG)
    ((_, tree, commit, config, _), more) = kernel.base.calls[0]
    assert more == {"more": True, "begun": None}
    assert (tree, commit, config) == (known.tree, known.base, CONFIG)


def test_what_is_compiled_again_for_its_lines_are_the_sources_with_the_series(known, monkeypatch,
                                                                              tmp_path):
    made = replace(image(tmp_path / "p", b"patched"), sources=Sources(tmp_path / "patched"))
    monkeypatch.setattr(kernel, "patched", counted((made, ())))
    assert sides.patched(known, image(tmp_path / "b"), CONFIG)[0].sources == made.sources


def test_a_patched_kernel_is_built_once(known, monkeypatch, tmp_path):
    monkeypatch.setattr(watch, "known", lambda *_: True)
    start = image(tmp_path / "b")
    made = image(tmp_path / "p", b"patched")
    monkeypatch.setattr(kernel, "patched", counted((made, ())))
    first, _ = sides.patched(known, start, CONFIG)
    again, state = sides.patched(known, start, CONFIG)
    assert first.path.read_bytes() == again.path.read_bytes() == b"patched"
    assert len(kernel.patched.calls) == 1
    assert "build-suites" in state.cached
    sides.patched(known, start, Kconfig(("CONFIG_KUNIT=y\nCONFIG_B=y",)))
    assert len(kernel.patched.calls) == 2


def test_objects_are_built_anew_where_the_lines_are_not_known(known, monkeypatch, tmp_path):
    made = image(tmp_path / "p", b"patched")
    monkeypatch.setattr(kernel, "patched", counted((made, ())))
    monkeypatch.setattr(watch, "known", lambda *_: False)
    sides.patched(known, image(tmp_path / "b"), CONFIG)
    sides.patched(known, image(tmp_path / "b"), CONFIG)
    assert len(kernel.patched.calls) == 2
    monkeypatch.setattr(watch, "known", lambda *_: True)
    sides.patched(known, image(tmp_path / "b"), CONFIG)
    assert len(kernel.patched.calls) == 2
