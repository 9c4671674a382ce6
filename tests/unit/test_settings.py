# SPDX-License-Identifier: GPL-2.0-or-later
import os
from pathlib import Path

import pytest

from harness import settings
from harness.errors import UsageError


def load(tmp_path, text=None, flags=None, **env):
    if text is not None:
        (tmp_path / "harness").mkdir()
        (tmp_path / "harness" / "config.toml").write_text(text)
    return settings.load(flags or {}, {"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/h", **env})


def test_defaults(tmp_path):
    values = load(tmp_path)
    assert values.tree_name == "debian-6.1"
    assert values.cache == Path("/h/.cache/harness")
    assert values.sandbox is True


def test_each_source_wins_over_the_one_before(tmp_path):
    text = 'tree = "file"\njobs = 3\nboot_timeout = 1.5\n'
    values = load(tmp_path, text, {"jobs": 7}, HARNESS_JOBS="5", HARNESS_TREE="env")
    assert (values.tree, values.jobs, values.boot_timeout) == ("env", 7, 1.5)


def test_a_flag_that_was_not_given_changes_nothing(tmp_path):
    assert load(tmp_path, flags={"jobs": None}, HARNESS_JOBS="5").jobs == 5


def test_xdg_cache_must_be_absolute(tmp_path):
    assert load(tmp_path, XDG_CACHE_HOME="relative").cache == Path("/h/.cache/harness")
    assert load(tmp_path, XDG_CACHE_HOME="/c").cache == Path("/c/harness")


@pytest.mark.parametrize(("text", "what"), [
    ("tre = 1", "unknown key 'tre'"), ('choice = "x"', "unknown key 'choice'"),
    ('jobs = "many"', "'many'"), ("x = [", "config.toml"),
    ('sandbox = "perhaps"', "'perhaps'"),
])
def test_a_wrong_file_is_named(tmp_path, text, what):
    with pytest.raises(UsageError, match=what):
        load(tmp_path, text)


def test_a_file_must_be_text(tmp_path):
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "config.toml").write_bytes(b"tree = '\xff'")
    with pytest.raises(UsageError, match=r"config\.toml"):
        load(tmp_path)


def test_what_is_wrong_names_where_it_was_said(tmp_path):
    with pytest.raises(UsageError, match=r"config\.toml: jobs"):
        load(tmp_path, "jobs = 'x'")
    with pytest.raises(UsageError, match="HARNESS_RUN_TIMEOUT"):
        settings.load({}, {"HARNESS_RUN_TIMEOUT": "long"})


def test_an_unknown_key_comes_with_the_known_ones(tmp_path):
    with pytest.raises(UsageError) as error:
        load(tmp_path, "tre = 1")
    assert "boot_timeout" in error.value.hint
    assert "choice" not in error.value.hint


@pytest.mark.parametrize(("said", "value"), [
    ("1", True), ("True", True), ("yes", True), ("0", False), ("false", False), ("NO", False)])
def test_switches_are_words_or_digits(tmp_path, said, value):
    assert load(tmp_path, HARNESS_SANDBOX=said).sandbox is value


def test_values_have_the_type_of_their_field(tmp_path):
    values = load(tmp_path, HARNESS_CACHE="/c", HARNESS_MEMORY="1024", HARNESS_TEST_TIMEOUT="3")
    assert (values.cache, values.memory, values.test_timeout) == (Path("/c"), 1024, 3.0)
    assert isinstance(values.cache, Path)
    assert isinstance(values.test_timeout, float)


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("flavour", "debug", "nice"), ("accel", "kvm", "xen")])
def test_only_some_words_are_known(tmp_path, name, good, bad):
    assert getattr(load(tmp_path, flags={name: good}), name) == good
    with pytest.raises(UsageError, match=bad):
        load(tmp_path, **{f"HARNESS_{name.upper()}": bad})


def test_rules_come_from_the_file_and_flags_win(tmp_path):
    text = '[rules]\nno-test = "error"\nother = "note"\n'
    flags = {"rules": {"no-test": "warning"}, "only_rules": ["no-*"]}
    assert dict(load(tmp_path, text).choice.levels) == {"no-test": "error", "other": "note"}
    both = load(tmp_path, flags=flags).choice
    assert dict(both.levels) == {"no-test": "warning", "other": "note"}
    assert both.only == ("no-*",)


@pytest.mark.parametrize(("cores", "numbers"), [
    (8, (9, 2, 2)), (2, (3, 2, 1)), (1, (2, 1, 1)), (None, (2, 1, 1))])
def test_how_much_is_done_at_a_time_depends_on_the_machine(
        tmp_path, monkeypatch, cores, numbers):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    values = load(tmp_path)
    assert (values.parallel, values.shared, values.undisturbed) == numbers
    told = load(tmp_path, flags={"jobs": 3, "guests": 5})
    assert (told.parallel, told.shared, told.undisturbed) == (3, 5, 5)


def test_a_debug_kernel_gets_more_time(tmp_path):
    assert load(tmp_path).timeout_factor == 1
    assert load(tmp_path, flags={"flavour": "debug"}).timeout_factor > 1


def test_without_a_home_there_is_a_last_resort():
    assert settings.load({}, {}).cache.is_absolute()


def test_the_name_that_a_flavour_had_is_still_taken(monkeypatch):
    assert settings.load({}, {"HARNESS_FLAVOUR": "usual"}).flavour == "default"
    assert settings.load({}, {"HARNESS_FLAVOUR": "debug"}).flavour == "debug"


@pytest.mark.parametrize(("env", "said"), [
    ({"HARNESS_TREE": "x", "HARNESS_PATCHWORK_TOKEN": "y", "PATH": "/"}, ()),
    ({"HARNESS_TRE": "x"}, ("HARNESS_TRE is no setting; is HARNESS_TREE meant?",)),
    ({"HARNESS_ZZZZZZZZZZ": "x"}, ("HARNESS_ZZZZZZZZZZ is no setting",)),
    ({"HARNESS_CHOICE": "x"}, ("HARNESS_CHOICE is no setting; is HARNESS_ARCHIVE meant?",))])
def test_variables_that_nobody_reads_are_named(env, said):
    assert settings.unknown(env) == said
