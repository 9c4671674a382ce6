# SPDX-License-Identifier: GPL-2.0-or-later
"""The base before anything is known of the series: out of the cache, or configured for this run."""

from dataclasses import replace

import pytest

from harness.arch import TARGETS
from harness.build import environment, kernel, prepared
from harness.build.prepared import Prepared
from harness.errors import InfrastructureError, InputRefusedError
from harness.model import Kconfig, Sources
from harness.run import configs, plain
from tests.unit.run.toys import applied, counted, image, raises, reusing, state

TINY = Kconfig(("CONFIG_A=y\n# CONFIG_B is not set\n",))


@pytest.fixture
def known(tmp_path, git, versions, monkeypatch):
    monkeypatch.setattr(kernel, "toolchain", lambda *_: "gcc 1 / ld 1")
    return state(tmp_path, applied=applied(git, {"a.c": "old\n"}, {"a.c": "new\n"}))


@pytest.fixture
def make(monkeypatch, tmp_path):
    """What was to be prepared, and where it is then."""
    found = Prepared("key", Sources(tmp_path / "src"), tmp_path / "out")
    ask = counted(found)
    monkeypatch.setattr(prepared, "prepare", ask)
    return ask


def test_the_values_of_a_configuration_are_those_that_are_set(tmp_path):
    (tmp_path / ".config").write_bytes(b'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S="a b"\n'
                                       b'CONFIG_M=m\nCONFIG_N=0x10\nCONFIG_L="\xff"\n')
    found = plain.Plain(Sources(tmp_path), tmp_path, built=False, srcarch="x86").values
    assert found == {"CONFIG_A": "y", "CONFIG_S": '"a b"', "CONFIG_M": "m", "CONFIG_N": "0x10",
                     "CONFIG_L": '"\ufffd"'}


def test_a_base_that_was_built_serves_with_its_objects(known, make, tmp_path):
    key = kernel.key_of(kernel.repo.tree_id("", known.base), TINY, "gcc 1 / ld 1")
    built = image(tmp_path / "cache" / "kernels" / key)
    (built.build_dir.parent / "done").touch()
    assert plain.plain(known, TINY) == plain.Plain(
        built.sources, built.build_dir, built=True, srcarch="x86")
    assert make.calls == []


def test_a_base_that_was_not_is_configured_in_the_cache(known, make, tmp_path):
    found = plain.plain(known, TINY)
    assert found == plain.Plain(Sources(tmp_path / "src"), tmp_path / "out", built=False,
                                srcarch="x86")
    ((_, tree, commit, config), _) = make.calls[0]
    assert (tree, commit, config) == (known.tree, known.base, TINY)


def test_another_architecture_has_no_kernel_to_begin_from(known, make):
    key = kernel.key_of(kernel.repo.tree_id("", known.base), TINY, "gcc 1 / ld 1")
    (known.settings.cache / "kernels" / key).mkdir(parents=True)
    (known.settings.cache / "kernels" / key / "done").touch()
    found = plain.plain(replace(known, target=TARGETS[1]), TINY)
    assert (found.built, found.srcarch) == (False, "arm64")
    assert len(make.calls) == 1


def test_a_base_that_cannot_be_configured_is_an_error(known, monkeypatch):
    monkeypatch.setattr(prepared, "prepare", raises(InfrastructureError("lost CONFIG_A")))
    with pytest.raises(InfrastructureError):
        plain.plain(known, TINY)


@pytest.mark.parametrize(("fragments", "kept"), [
    ((), {}), (("CONFIG_A=y\n# CONFIG_B is not set\n",), {"A": True, "B": False}),
    (("CONFIG_A=n\n",), {"A": False}), (("CONFIG_A=y\n", "CONFIG_A=n\n"), {"A": False}),
    (('CONFIG_S="y"\nCONFIG_N=7\nCONFIG_M=m\n',), {}),
    (("CONFIG_A=y # optional\n",), {"A": True}),
])
def test_what_a_configuration_is_about_is_kept_on_or_off(fragments, kept):
    assert plain.essential(Kconfig(fragments)) == kept


def test_make_is_asked_once_for_what_it_gives_to_kconfig(known, monkeypatch, tmp_path):
    asked = counted({"CC": "gcc"})
    monkeypatch.setattr(environment, "environment", asked)
    for _ in range(2):
        assert configs.kconfig_environment(reusing(known), Sources(tmp_path)) == {"CC": "gcc"}
    ((_, sources, place), _), = asked.calls
    assert sources == Sources(tmp_path)
    assert place.is_dir()
    assert known.work in place.parents


def test_a_tree_that_gives_nothing_to_kconfig_is_asked_again(known, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "environment", raises(InputRefusedError("no plain file")))
    with pytest.raises(InputRefusedError):
        configs.kconfig_environment(reusing(known), Sources(tmp_path))
    monkeypatch.setattr(environment, "environment", counted({}))
    assert configs.kconfig_environment(reusing(known), Sources(tmp_path)) == {}
