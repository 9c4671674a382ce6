# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

from harness import profiles
from harness.errors import UsageError
from harness.generate import generate, load_language, load_spec
from harness.generate.emit import wrap
from harness.settings import ROOT

GOOD = """about = "A"
needs = "CAP"
[[test]]
name = "one"
says = "It works"
steps = ["x"]
"""


def spec(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(text)
    return load_spec(path)


def test_what_the_file_says_once_holds_for_each_test(tmp_path):
    (test,) = spec(tmp_path, GOOD).tests
    assert (test.name, test.needs, test.line) == ("one", "CAP", 3)


@pytest.mark.parametrize(("change", "why"), [
    (("says", "sais"), "s.toml:3: unknown key 'sais'"),
    (('"It works"', '""'), "s.toml:3: says is missing"),
    (('"one"', '"One!"'), "s.toml:3: name 'One!'"),
    (('["x"]', "[1]"), "s.toml:3: steps must be strings"),
    (("about", "abaut"), "s.toml:1: unknown key 'abaut'"),
    (("[[test]]", "[[test]"), "s.toml"),
])
def test_a_wrong_spec_names_file_line_and_key(tmp_path, change, why):
    with pytest.raises(UsageError, match=re.escape(why)):
        spec(tmp_path, GOOD.replace(*change))


def test_a_name_twice_is_refused(tmp_path):
    again = GOOD + GOOD[GOOD.index("[[test]]"):]
    with pytest.raises(UsageError, match=r"s.toml:7: name 'one' is there twice"):
        spec(tmp_path, again)


PROFILES = [p.name for p in profiles.load_all(ROOT / "kselftests")]


@pytest.mark.parametrize("name", PROFILES)
def test_every_spec_that_is_shipped_can_be_said(name):
    profile = profiles.load(ROOT / "kselftests" / name)
    language = load_language(ROOT / "kselftests" / "lib" / "phrases.toml",
                             profile.folder / "phrases.toml")
    assert profile.specs
    for path in profile.specs:
        text = generate(load_spec(path), language, profile)
        for line in text.splitlines():
            assert len(line.expandtabs(8)) <= 100, line
        for test in load_spec(path).tests:
            assert f"static void {test.name}(void)" in text


def test_generated_c_reads_as_if_written_by_hand(tmp_path):
    profile = profiles.load(ROOT / "kselftests" / PROFILES[0])
    language = load_language(ROOT / "kselftests" / "lib" / "phrases.toml")
    good = GOOD.replace('["x"]', '["guest: out8 0x70 1; hlt", "exit hlt"]')
    text = generate(spec(tmp_path, good), language, profile)
    body = text[text.index("/* It works. */"): text.index("int main")]
    assert body == """/* It works. */
static void one(void)
{
	struct vm vm;

	vm_create(&vm);
	NEED(&vm, CAP);
	vm_guest(&vm, OUT8(0x70, 1), HLT);
	EXPECT_EXIT(&vm, HLT);
	vm_destroy(&vm);
}

"""


def test_a_wrong_step_is_named(tmp_path):
    profile = profiles.load(ROOT / "kselftests" / PROFILES[0])
    language = load_language(ROOT / "kselftests" / "lib" / "phrases.toml")
    with pytest.raises(UsageError, match=r"s.toml:3: one, step 1: unknown step 'x'"):
        generate(spec(tmp_path, GOOD), language, profile)


def test_long_lines_break_behind_commas_of_the_outer_call():
    line = "call(&vm, " + ", ".join(f"ENTRY({n}, 2, 3, 4)" for n in range(8)) + ");"
    lines = wrap(line).split("\n")
    assert len(lines) > 1
    assert all(part.rstrip().endswith((",", ");")) for part in lines)
    assert " ".join(part.strip() for part in lines) == line
