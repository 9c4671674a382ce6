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


def test_a_missing_key_is_named(profile):
    about = profile.folder / "about.toml"
    about.write_text(about.read_text().replace("paths", "pahts"))
    with pytest.raises(UsageError, match=r"about.toml: 'paths'"):
        profiles.load(profile.folder)
