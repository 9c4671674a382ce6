# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import UsageError
from harness.intake.topic import find_topic

ABOUT = """
title = "T"
default = "v2"
[series.v1]
expect = "fail"
[[series.v1.port]]
trees = ["old"]
patches = "v1"
[series.v2]
[[series.v2.port]]
trees = ["new", "newer"]
base = "base"
patches = "v2-new"
"""


@pytest.fixture
def patches(tmp_path):
    (tmp_path / "t" / "v1").mkdir(parents=True)
    (tmp_path / "t" / "about.toml").write_text(ABOUT)
    return tmp_path


def test_the_default_topic_and_series(patches):
    topic = find_topic(None, patches)
    assert (topic.title, topic.name) == ("T", "v2")
    assert find_topic(patches / "t", patches).name == "v2"


def test_a_series_by_its_folder(patches):
    topic = find_topic(patches / "t" / "v1", patches)
    assert (topic.name, topic.expect) == ("v1", "fail")


def test_a_path_outside_any_topic(patches, tmp_path):
    (tmp_path / "x.patch").touch()
    assert find_topic(tmp_path / "x.patch", patches) is None


def test_ports_are_chosen_by_the_tree(patches):
    topic = find_topic(None, patches)
    (port,) = topic.ports_for("newer", known=True)
    assert port.base == patches / "t" / "base"
    assert topic.ports_for("/home/me/linux", known=False) == topic.ports
    with pytest.raises(UsageError, match="no port for tree old") as error:
        topic.ports_for("old", known=True)
    assert error.value.hint == "--tree new, newer"


def test_a_broken_about_is_named(patches):
    (patches / "t" / "about.toml").write_text(ABOUT.replace("patches =", "patch ="))
    with pytest.raises(UsageError, match=r"about.toml: series.v2: 'patches'"):
        find_topic(None, patches)
