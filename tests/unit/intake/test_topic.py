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
patches = "v1"
[series.v2]
inferred = [{ what = "the half", about = "b\\\\.c" }]
[[series.v2.port]]
base = "base"
patches = "v2-new"
[[series.v2.port]]
patches = ["v1/1", "2"]
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


def test_ports_are_folders_or_files_and_name_no_tree(patches):
    one, two = find_topic(None, patches).ports
    assert (one.base, one.patches) == ((patches / "t" / "base",), (patches / "t" / "v2-new",))
    assert (two.base, two.patches) == ((), (patches / "t" / "v1" / "1", patches / "t" / "2"))


def test_parts_that_were_rebuilt_are_known(patches):
    (part,) = find_topic(None, patches).inferred
    assert (part.what, part.about) == ("the half", "b\\.c")
    about = patches / "t" / "about.toml"
    about.write_text(ABOUT.replace("b\\\\.c", "("))
    with pytest.raises(UsageError, match=r"about.toml: series.v2: "):
        find_topic(None, patches)


def test_a_broken_about_is_named(patches):
    (patches / "t" / "about.toml").write_text(ABOUT.replace("patches =", "patch ="))
    with pytest.raises(UsageError, match=r"about.toml: series.v2: 'patches'"):
        find_topic(None, patches)


def test_a_file_of_a_topic_and_a_folder_it_does_not_name_are_in_no_series(patches):
    (patches / "t" / "v1.patch").touch()
    (patches / "t" / "v9").mkdir()
    assert find_topic(patches / "t" / "v1.patch", patches) is None
    assert find_topic(patches / "t" / "v9", patches) is None
    (patches / "elsewhere").mkdir()
    assert find_topic(patches / "elsewhere", patches) is None


def test_what_a_series_does_not_say_is_empty(patches):
    assert find_topic(patches / "t", patches).expect == ""
    assert find_topic(patches / "t" / "v1", patches).inferred == ()


def test_a_topic_without_a_default_has_to_be_told_which_series(patches):
    about = patches / "t" / "about.toml"
    for text in (ABOUT.replace('default = "v2"', ""), ABOUT.replace('= "v2"', '= "v7"', 1)):
        about.write_text(text)
        with pytest.raises(UsageError, match=r"about\.toml"):
            find_topic(patches / "t", patches)
    about.write_text(ABOUT.replace('default = "v2"', ""))
    with pytest.raises(UsageError, match="no default topic"):
        find_topic(None, patches)
    (patches / "u").mkdir()
    (patches / "u" / "about.toml").write_text(ABOUT.replace('"T"', '"U"'))
    assert find_topic(None, patches).title == "U"


@pytest.mark.parametrize("raw", [b"title = ", b'title = "\xff"\n'])
def test_an_about_that_cannot_be_read_is_named(patches, raw):
    (patches / "t" / "about.toml").write_bytes(raw)
    with pytest.raises(UsageError, match=r"about\.toml"):
        find_topic(patches / "t", patches)
