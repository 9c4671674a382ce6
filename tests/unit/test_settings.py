# SPDX-License-Identifier: GPL-2.0-or-later
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
