# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

from harness import profiles
from harness.errors import UsageError
from harness.generate import generate, load_language, load_spec
from harness.generate.language import language_of
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
    (('["x"]', "[1]"), "s.toml:3: steps must be a list"),
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
    language = language_of(profile)
    assert profile.specs or profile.handwritten
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

	zone_vm(&vm);
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


def test_what_a_test_says_itself_goes_before_what_the_file_says(tmp_path):
    common = ('structs = ["s"]\nhazard = "H"\nmay_differ = "M"\n')
    text = common + GOOD + """covers = ["r1", "r2"]
[[test]]
name = "two"
says = "Too"
steps = ["x", "y"]
needs = ""
structs = ["a", "b"]
hazard = "I"
may_differ = "N"
"""
    read = spec(tmp_path, text)
    one, two = read.tests
    assert (read.name, read.about, read.path) == ("s", "A", tmp_path / "s.toml")
    assert (one.needs, one.structs, one.hazard, one.may_differ) == (
        "CAP", ("s",), "H", "M")
    assert (two.needs, two.structs, two.hazard, two.may_differ) == (
        "", ("a", "b"), "I", "N")
    assert (one.covers, two.covers) == (("r1", "r2"), ())
    assert (two.says, two.steps, two.line) == ("Too", ("x", "y"), 11)


@pytest.mark.parametrize("missing", ["name", "says", "steps"])
def test_what_every_test_has_is_missed(tmp_path, missing):
    text = "\n".join(row for row in GOOD.splitlines() if not row.startswith(missing))
    with pytest.raises(UsageError, match=rf"s\.toml:3: {missing}"):
        spec(tmp_path, text)


@pytest.mark.parametrize("text", ['about = "A"\n', "test = []\n", 'test = "x"\n', ""])
def test_a_file_without_a_test_is_no_spec(tmp_path, text):
    with pytest.raises(UsageError, match=r"s\.toml"):
        spec(tmp_path, text)


def test_an_unknown_key_is_answered_with_those_that_are_known(tmp_path):
    with pytest.raises(UsageError) as error:
        spec(tmp_path, GOOD.replace("says", "sais"))
    assert "may_differ, name, needs" in error.value.hint


@pytest.mark.parametrize("name", ["one2", "a_b", "x"])
def test_names_are_c_identifiers_in_lower_case(tmp_path, name):
    assert spec(tmp_path, GOOD.replace('"one"', f'"{name}"')).tests[0].name == name


@pytest.mark.parametrize("name", ["One", "2one", "_one", "a-b", "a b"])
def test_other_names_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match=name):
        spec(tmp_path, GOOD.replace('"one"', f'"{name}"'))


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path):
    for content in (None, b"\xff"):
        if content:
            (tmp_path / "s.toml").write_bytes(content)
        with pytest.raises(UsageError, match=r"s\.toml"):
            load_spec(tmp_path / "s.toml")


@pytest.mark.parametrize(("text", "names"), [
    ('[[test]] # note\nname = "a"\nsays = "s"\nsteps = ["x"]\n', ["a"]),
    ('test = [{name = "a", says = "s", steps = ["x"]}]\n', ["a"]),
    ('about = """\n[[test]]\n"""\n[[test]]\nname = "a"\nsays = "s"\nsteps = ["x"]\n', ["a"])])
def test_a_test_is_read_however_its_table_is_written(tmp_path, text, names):
    path = tmp_path / "s.toml"
    path.write_text(text)
    assert [t.name for t in load_spec(path).tests] == names


@pytest.mark.parametrize("row", ["steps = 5", 'steps = "abc"', 'steps = ["x"]\ncovers = 5',
                                 'steps = ["x"]\nstructs = "abc"'])
def test_lists_are_lists(tmp_path, row):
    path = tmp_path / "s.toml"
    path.write_text(f'[[test]]\nname = "a"\nsays = "s"\n{row}\n')
    with pytest.raises(UsageError):
        load_spec(path)


@pytest.mark.parametrize("row", [
    "test = 5", "test = [5]", '[[test]]\nname = "a\\n"\nsays = "s"\nsteps = ["x"]',
    '[[test]]\nname = "a"\nsays = 5\nsteps = ["x"]'])
def test_other_values_are_wrong_use(tmp_path, row):
    path = tmp_path / "s.toml"
    path.write_text(f"{row}\n")
    with pytest.raises(UsageError):
        load_spec(path)
