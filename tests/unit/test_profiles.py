# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

import pytest

from harness import profiles
from harness.errors import UsageError
from harness.model import PatchFile
from harness.settings import ROOT
from tests.make import patch, series


@pytest.fixture
def profile(tmp_path):
    text = (ROOT / "kselftests" / "coalesced_io" / "about.toml").read_text()
    text = text[text.index("[programs]"):]
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "about.toml").write_text(
        'title = "T"\n[applies]\npaths = ["drivers/toy/*"]\nwords = ["toy_\\\\w+"]\n' + text)
    return profiles.load(tmp_path / "toy")


def one(path, diff):
    head = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n".encode()
    return series(patch(files=(PatchFile(path, path, 1, 0),), diff=head + diff))


@pytest.mark.parametrize(("path", "diff", "applies"), [
    ("drivers/toy/a.c", b"+toy_start();\n", True),
    ("drivers/toy/a.c", b"-toy_start();\n", True),
    ("drivers/toy/a.c", b"+other();\n", False),
    ("drivers/toy/a.c", b" toy_start();\n+other();\n", False),
    ("drivers/other/a.c", b"+toy_start();\n", False),
])
def test_path_and_word_must_both_match(profile, path, diff, applies):
    assert bool(profiles.applying((profile,), one(path, diff))) == applies
    covered = profiles.covered(profile, one(path, diff))
    assert covered == (frozenset({path}) if applies else frozenset())


def test_a_file_of_its_own_needs_no_word(profile):
    mine = replace(profile, own=("drivers/toy/own.*",))
    assert profiles.applying((mine,), one("drivers/toy/own.c", b"+other();\n")) == (mine,)


def test_its_own_must_match_the_path(profile):
    mine = replace(profile, own=("drivers/toy/own.*",))
    assert profiles.applying((mine,), one("drivers/toy/other.c", b"+other();\n")) == ()


def test_of_profiles_and_files_only_those_that_match(profile):
    other = replace(profile, name="other", paths=("net/*",))
    both = one("drivers/toy/a.c", b"+toy_start();\n").patches + one(
        "drivers/toy/b.c", b"+other();\n").patches
    assert profiles.applying((other, profile), series(*both)) == (profile,)
    assert profiles.covered(profile, series(*both)) == {"drivers/toy/a.c"}


def test_files_of_one_diff_are_told_apart(profile):
    first, second = (one(f"drivers/toy/{n}.c", text).patches[0].diff for n, text in (
        ("a", b"+other();\n"), ("b", b"+toy_start();\n")))
    assert profiles.covered(profile, series(patch(diff=first + second))) == {"drivers/toy/b.c"}


@pytest.mark.parametrize("header", [
    b"--- a/drivers/toy/toy_a.c\n+++ /dev/null\n", b"--- /dev/null\n+++ b/drivers/toy/toy_a.c\n"])
def test_a_file_that_comes_or_goes_is_known_by_its_one_name(profile, header):
    diff = b"diff --git a/drivers/toy/toy_a.c b/drivers/toy/toy_a.c\n" + header + b"@@ -1 +1 @@\n"
    assert profiles.covered(profile, series(patch(diff=diff + b"+int a;\n"))) == frozenset(), (
        "a name is no changed line")
    assert profiles.covered(profile, series(patch(diff=diff + b"+toy_a;\n"))) == {
        "drivers/toy/toy_a.c"}


FULL = """title = "Toys"
[applies]
paths = ["drivers/toy/*"]
words = ["toy"]
own = ["drivers/toy/own.c"]
[programs]
sources = ["common.c"]
library = ["kvm.c"]
handwritten = ["hand.c"]
includes = ["linux/toy.h"]
locals = ["toy.h"]
setup = ["open"]
teardown = ["close"]
needs = "CONFIG_TOY"
parallel = ["hand"]
[guest]
needs = ["/dev/toy"]
[model]
file = "model.py"
[[selftest]]
makefile = "Makefile"
program = "toy"
line = "TEST += toy"
after = "TEST"
subject = "toy: Add"
"""


def written(folder, text=FULL):
    folder.mkdir(parents=True)
    (folder / "about.toml").write_text(text)
    return folder


def test_paths_of_a_profile_are_absolute(tmp_path):
    got = profiles.load(written(tmp_path / "toy"))
    assert (got.name, got.title, got.folder) == ("toy", "Toys", tmp_path / "toy")
    assert got.config == tmp_path / "toy" / "config"
    assert got.sources == (tmp_path / "toy" / "common.c",)
    assert got.library == (tmp_path / "lib" / "kvm.c",)
    assert got.handwritten == (tmp_path / "toy" / "hand.c",)
    assert got.model == tmp_path / "toy" / "model.py"
    assert (got.own, got.parallel, got.guest) == (("drivers/toy/own.c",), ("hand",), ("/dev/toy",))
    assert (got.setup, got.teardown, got.needs) == (("open",), ("close",), "CONFIG_TOY")
    assert [(s.program, s.subject) for s in got.selftests] == [("toy", "toy: Add")]


def test_what_a_profile_may_leave_out(tmp_path):
    text = FULL.replace('own = ["drivers/toy/own.c"]\n', "").replace('parallel = ["hand"]\n', "")
    got = profiles.load(written(tmp_path / "toy", text[:text.index("[guest]")]))
    assert (got.own, got.parallel, got.guest, got.model, got.selftests) == ((), (), (), None, ())


def test_what_lies_in_a_profiles_folder(tmp_path):
    got = profiles.load(written(tmp_path / "toy"))
    assert (got.consumers, got.specs, got.programs) == (None, (), {"hand"})
    for name in ("consumers", "specs"):
        (tmp_path / "toy" / name).mkdir()
    for name in ("b.toml", "a.toml", "a.txt"):
        (tmp_path / "toy" / "specs" / name).touch()
    assert got.consumers == tmp_path / "toy" / "consumers"
    assert [spec.name for spec in got.specs] == ["a.toml", "b.toml"]
    assert got.programs == {"hand", "a", "b"}


def test_all_profiles_in_order(tmp_path):
    for name in ("b", "a"):
        written(tmp_path / name)
    (tmp_path / "lib").mkdir()
    assert [one.name for one in profiles.load_all(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("text", ["title = [", "title = 1",
                                  FULL.replace('words = ["toy"]', "words = 7"),
                                  FULL.replace("makefile", "mukefile"), "applies = 7"])
def test_what_is_wrong_in_a_profile_names_the_file(tmp_path, text):
    with pytest.raises(UsageError, match=r"toy/about\.toml"):
        profiles.load(written(tmp_path / "toy", text))


def test_a_folder_that_is_no_profile(tmp_path):
    with pytest.raises(UsageError, match=r"about\.toml"):
        profiles.load(tmp_path)


def test_a_missing_key_is_named(profile):
    about = profile.folder / "about.toml"
    about.write_text(about.read_text().replace("paths", "pahts"))
    with pytest.raises(UsageError, match=r"about.toml: unknown key 'pahts'"):
        profiles.load(profile.folder)


def test_a_diff_of_another_program_is_as_good(profile):
    diff = b"--- linux.orig/drivers/toy/a.c\n+++ linux/drivers/toy/a.c\n@@ -1 +1 @@\n-a\n+toy_a;\n"
    assert profiles.covered(profile, series(patch(diff=diff))) == {"drivers/toy/a.c"}
