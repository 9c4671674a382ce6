# SPDX-License-Identifier: GPL-2.0-or-later
"""Which targets of the selftests belong to a change, and what they are made of."""

from dataclasses import replace

import pytest

from harness.build import selftests
from harness.build.selftests import Selftests
from harness.evidence import Changed
from harness.model import Sources
from harness.run.suites import targets
from tests.unit.run.toys import applied, counted, reusing, state

KVM = "tools/testing/selftests/kvm/"
TREE = {"MAINTAINERS": "KVM\nF:\tvirt/kvm/\nF:\ttools/testing/selftests/kvm/\n",
        f"{KVM}Makefile": "TEST_GEN_PROGS := a\n", f"{KVM}settings": "timeout=120\n",
        f"{KVM}config": "CONFIG_KVM=y\n", "tools/testing/selftests/futex/Makefile": "x\n",
        "tools/testing/selftests/core/Makefile": "x\n", "virt/kvm/a.c": "int a;\n"}
MADE = Selftests((("a", b""),))


@pytest.fixture
def known(tmp_path, git, versions):
    one = reusing(state(tmp_path, applied=applied(git, TREE, {**TREE, "virt/kvm/a.c": "int b;\n"})))
    return replace(one, files=(Changed("virt/kvm/a.c", "int a;\n", "int b;\n", (1,), (1,)),))


def changing(known, path):
    return replace(known, files=(Changed(path, "int a;\n", "int b;\n", (1,), (1,)),))


def test_maintainers_decides(known):
    assert targets.belonging(known, {}) == {
        "kvm": 'MAINTAINERS, "KVM", has both it and virt/kvm/a.c'}


def test_a_folder_of_the_same_name_belongs(known):
    assert targets.belonging(changing(known, "arch/x86/kvm/x.c"), {}) == {
        "kvm": "it is called after the folder of arch/x86/kvm/x.c"}
    assert targets.belonging(changing(known, "kernel/futex/x.c"), {}).keys() == {"futex"}


@pytest.mark.parametrize("path", ["net/core/a.c", "fs/ext4/a.c", "a.c"])
def test_a_folder_with_a_common_name_or_no_target_does_not(known, path):
    assert targets.belonging(changing(known, path), {}) == {}


def test_the_users_targets_come_first_and_must_be_there(known):
    one = replace(known, request=replace(known.request, suites=("futex", "gone", "../x")))
    assert list(targets.belonging(one, {})) == ["futex", "kvm"]
    assert not targets.there_is(one, "gone")


def test_what_is_known_to_run_the_change_belongs_for_that_reason(known):
    assert list(targets.belonging(known, {"futex": "it runs it"}).items()) == [
        ("futex", "it runs it"), ("kvm", 'MAINTAINERS, "KVM", has both it and virt/kvm/a.c')]
    assert targets.every(known) == ("core", "futex", "kvm")


def test_comments_ask_for_no_test(known):
    same = Changed("virt/kvm/a.c", "int a;\n", "int a; /* x */\n", (1,), (1,))
    assert targets.belonging(replace(known, files=(same,)), {}) == {}


def test_few_targets_belong_to_one_series(known, monkeypatch):
    monkeypatch.setattr(targets, "MOST_TARGETS", 1)
    one = replace(known, request=replace(known.request, suites=("futex",)))
    assert list(targets.belonging(one, {})) == ["futex"]


def test_those_are_run_that_the_user_wants_or_the_series_changes(known):
    assert not targets.asked(known, "kvm")
    one = replace(known, request=replace(known.request, suites=("kvm",)))
    assert targets.asked(one, "kvm")
    assert targets.asked(changing(known, f"{KVM}new_test.c"), "kvm")
    assert not targets.asked(changing(known, f"{KVM}new_test.c"), "kv")


@pytest.fixture
def builds(monkeypatch, tmp_path):
    monkeypatch.setattr(selftests, "build", counted(MADE))
    monkeypatch.setattr(targets, "export_to", counted(tmp_path / "headers"))


@pytest.mark.usefixtures("builds")
def test_a_target_is_built_once_from_the_patched_tree(known, tmp_path):
    sources = Sources(tmp_path / "src")
    made = targets.built(known, "kvm", sources)
    assert made == targets.built(known, "kvm", sources)
    assert (made.made, made.symbols) == (MADE, "CONFIG_KVM=y\n")
    ((_, where, _, _, name), _) = selftests.build.calls[0]
    assert (where, name, len(selftests.build.calls)) == (sources, "kvm", 1)


@pytest.mark.usefixtures("builds")
def test_programs_have_their_own_time_only_where_they_are_asked_for(known, tmp_path):
    made = targets.built(known, "kvm", Sources(tmp_path))
    assert (made.seconds, made.longest) == (known.settings.test_timeout, 120)
    one = replace(known, request=replace(known.request, suites=("kvm",)))
    assert targets.built(one, "kvm", Sources(tmp_path)).seconds == 120
