# SPDX-License-Identifier: GPL-2.0-or-later
"""In which configuration a run builds, and what a build depends on."""

from dataclasses import replace

import pytest

from harness.arch import NATIVE_TARGET
from harness.build import kconfig
from harness.evidence import Changed
from harness.run import configs
from harness.run.state import Configured, SkippedStage
from harness.system.sandbox import Sandbox
from tests.unit.run.toys import applied, profile, state

ONE, TWO = (("A", "y"), ("B", "n")), (("C", "0x10"),)


def changed(path, before="int a;\n", after="int b;\n"):
    return Changed(path, before, after, (1,), (1,))


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    return state(tmp_path, applied=made, files=(changed("a.c"),))


def configured(one, *settings):
    return replace(one, configured=Configured(settings))


@pytest.mark.parametrize(("paths", "part"), [
    (("a.c",), True), (("Documentation/a.rst",), False), (("tools/a.c",), False),
    (("Documentation/a.rst", "fs/Kconfig"), True), (("scripts/a.pl",), False), ((), True),
    (("include/uapi/linux/a.h",), True), (("fs/Makefile",), True),
])
def test_what_is_no_part_of_the_kernel_needs_none(tmp_path, paths, part):
    one = state(tmp_path, files=tuple(map(changed, paths)))
    if part:
        configs.of_the_kernel(one)
    else:
        with pytest.raises(SkippedStage) as caught:
            configs.of_the_kernel(one)
        assert not caught.value.applies


def test_comments_are_no_part_of_the_kernel(tmp_path):
    same = changed("a.c", "int a;\n", "int a; /* b */\n")
    with pytest.raises(SkippedStage):
        configs.of_the_kernel(state(tmp_path, files=(same,)))
    configs.of_the_kernel(state(tmp_path, files=(same, changed("b.c"))))


def test_a_configuration_has_the_fragments_of_the_profiles(tmp_path):
    wanted = kconfig.render(configs.config_of(state(
        tmp_path, profiles=(profile(tmp_path, "a"), profile(tmp_path, "b")))))
    assert "CONFIG_A=y" in wanted
    assert "CONFIG_B=y" in wanted
    assert "CONFIG_KASAN=y" not in wanted


def test_a_profile_without_a_fragment_adds_nothing(tmp_path):
    mine = profile(tmp_path, "a")
    (mine.folder / "config").unlink()
    assert configs.plain_config(state(tmp_path, profiles=(mine,))) == configs.plain_config(
        state(tmp_path))


def test_a_debug_kernel_looks_for_more(tmp_path):
    config = configs.config_of(state(tmp_path, settings={"flavour": "debug"}))
    assert "CONFIG_KASAN=y" in kconfig.render(config)


def test_what_was_found_comes_on_top_and_kconfig_may_see_it_otherwise(known):
    one = configured(known, ONE, TWO)
    plain = configs.plain_config(one)
    first, second = configs.config_of(one), configs.numbered(one, 1)
    assert first.fragments[:-1] == second.fragments[:-1] == plain.fragments
    assert kconfig.parse(first.fragments[-1]) == {"A": ("y", True), "B": ("n", True)}
    assert kconfig.parse(second.fragments[-1]) == {"C": ("0x10", True)}


@pytest.mark.parametrize(("settings", "number"), [((), 0), (((),), 0), ((ONE,), 1), ((), 7)])
def test_where_nothing_was_found_it_is_the_plain_configuration(known, settings, number):
    one = configured(known, *settings)
    assert configs.numbered(one, number) == configs.plain_config(one)


def test_only_another_configuration_is_called_by_what_it_sets(known):
    one = configured(known, ONE, TWO)
    assert configs.name_of(one, 0) == NATIVE_TARGET.name == configs.name_of(known, 0)
    assert configs.name_of(one, 1) == f"{NATIVE_TARGET.name}, CONFIG_C=0x10"
    assert configs.name_of(configured(known, TWO, ONE), 1) == (
        f"{NATIVE_TARGET.name}, CONFIG_A=y,CONFIG_B=n")


def test_what_is_built_depends_on_series_configuration_and_compiler(known, versions, tmp_path):
    keys = {configs.inputs(known), configs.inputs(configured(known, ONE)),
            configs.inputs(replace(known, profiles=(profile(tmp_path),))),
            configs.inputs(replace(known, applied=replace(known.applied, commits=())))}
    versions["gcc"] = "2"
    keys.add(configs.inputs(known))
    assert len(keys) == 5
    assert configs.inputs(configured(known, (), TWO)) in keys, "the others are built by themselves"


def test_a_builder_is_what_the_settings_say(tmp_path):
    one = state(tmp_path, settings={"jobs": 7, "build_timeout": 9.0})
    made = configs.builder(one)
    assert (made.cache, made.jobs, made.timeout) == (tmp_path / "cache", 7, 9.0)
    assert (made.sandbox, made.log, made.say) == (Sandbox(enabled=False), one.log, one.say)


def test_the_sources_of_the_base_are_those_of_its_plain_configuration(known):
    place = configs.written(known)
    assert place.parent == known.settings.cache / "prepared"
    assert configs.written(replace(known, base=known.applied.head)) != place


def test_a_configuration_is_named_by_a_few_of_its_symbols(known):
    many = tuple((f"S{n}", "y") for n in range(9))
    one = replace(known, configured=Configured(((), many)))
    name = configs.name_of(one, 1)
    assert name.startswith("x86_64, CONFIG_S0=y,")
    assert name.endswith("CONFIG_S5=y and 3 more")
    assert configs.name_of(one, 0) == "x86_64"
