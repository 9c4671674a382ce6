# SPDX-License-Identifier: GPL-2.0-or-later
"""The C that is shipped, and the C that becomes one in-tree program."""

import re

import pytest

from harness import profiles
from harness.errors import InputRefusedError, UsageError
from harness.generate import generate, intree, load_spec
from harness.generate.language import language_of
from harness.settings import ROOT

PROFILE = profiles.load(ROOT / "kselftests" / "coalesced_io")


EVERY = pytest.mark.parametrize("profile", profiles.load_all(ROOT / "kselftests"),
                                ids=lambda p: p.name)


@EVERY
def test_what_is_shipped_is_what_the_specs_become(profile):
    folder = profile.folder / "generated"
    assert {p.stem for p in folder.glob("*.c")} == {p.stem for p in profile.specs}
    for path in profile.specs:
        text = generate(load_spec(path), language_of(profile), profile)
        assert (folder / f"{path.stem}.c").read_text() == text, "next: harness generate --ship"


@EVERY
def test_the_makefile_knows_every_program(profile):
    text = (profile.folder / "generated" / "programs.mk").read_text()
    programs = set(re.findall(r"_PROGRAMS \+= (\w+)", text))
    assert programs == {p.stem for p in (*profile.specs, *profile.handwritten)}


def test_no_two_profiles_have_a_program_of_the_same_name():
    names = [n for p in profiles.load_all(ROOT / "kselftests") for n in p.programs]
    assert len(names) == len(set(names))


def test_one_program_holds_every_test_once_and_keeps_to_itself():
    text = intree.source(PROFILE)
    names = [f"{path.stem}_{t.name}" for path in PROFILE.specs for t in load_spec(path).tests]
    for name in names:
        assert text.count(f"static void {name}(void)") == 1
        assert text.count(f'{{ "{name}", {name},') == 1
    assert '#include "' not in text
    assert text.count("SPDX-License-Identifier") == 1
    assert text.count("int main(") == 1
    prototypes = re.findall(r"^(?!static|LOCAL|_Static|\t|#)[\w ]+\*?\w+\([^;{]*\);$", text,
                            re.MULTILINE)
    assert prototypes == [], "a prototype that is not static meets the tree's own library"


def tree(**files):
    return lambda path: files.get(path.rpartition("/")[2].replace(".", "_"))


def test_the_first_row_that_fits_the_tree_is_taken():
    row, text = intree.fit(PROFILE, tree(Makefile_kvm=b"TEST_GEN_PROGS_x86 += x86/a\nX = 1\n"))
    assert row.program.endswith("kvm/x86/coalesced_io_spec_test.c")
    assert text == f"TEST_GEN_PROGS_x86 += x86/a\n{row.line}\nX = 1\n"


def test_a_tree_that_has_it_or_nothing_like_it_is_refused():
    line = PROFILE.selftests[1].line.encode()
    with pytest.raises(InputRefusedError, match="already"):
        intree.fit(PROFILE, tree(Makefile=b"TEST_GEN_PROGS_x86_64 += x86_64/a\n" + line + b"\n"))
    with pytest.raises(InputRefusedError, match="none of"):
        intree.fit(PROFILE, tree())


def test_a_profile_that_names_no_place_says_so(tmp_path):
    (tmp_path / "toy").mkdir()
    text = (PROFILE.folder / "about.toml").read_text().split("[[selftest]]")[0]
    (tmp_path / "toy" / "about.toml").write_text(text)
    with pytest.raises(UsageError, match="selftest"):
        intree.fit(profiles.load(tmp_path / "toy"), tree())
