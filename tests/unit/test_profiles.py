# SPDX-License-Identifier: GPL-2.0-or-later
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
    return series(patch(files=(PatchFile(path, path, 1, 0),), diff=diff))


@pytest.mark.parametrize(("path", "diff", "applies"), [
    ("drivers/toy/a.c", b"+toy_start();", True),
    ("drivers/toy/a.c", b"+other();", False),
    ("drivers/other/a.c", b"+toy_start();", False),
])
def test_path_and_word_must_both_match(profile, path, diff, applies):
    assert bool(profiles.applying((profile,), one(path, diff))) == applies


def test_a_missing_key_is_named(profile):
    about = profile.folder / "about.toml"
    about.write_text(about.read_text().replace("paths", "pahts"))
    with pytest.raises(UsageError, match=r"about.toml: 'paths'"):
        profiles.load(profile.folder)
