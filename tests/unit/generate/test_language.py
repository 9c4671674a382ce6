# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import UsageError
from harness.generate.language import PhraseError, language_of, load_language

TEXT = """
[int]
u8 = [0, 255]
u64 = [0, 0xffffffffffffffff]
[choice.kind]
red = "RED"
[form.access]
"put {at:u64} {value:u8}" = "PUT({at}, {value})"
"stop" = "STOP"
[list]
program = { of = "access", separator = ";" }
[step]
"do: {program:program}" = "run({program});"
"paint {kind:kind} x {times:u8}" = "paint({kind}, {times});"
"see {name:word} is {value:u64}" = 'CHECK({name} == {value});'
"""


@pytest.fixture
def language(tmp_path):
    (tmp_path / "p.toml").write_text(TEXT)
    return load_language(tmp_path / "p.toml")


@pytest.mark.parametrize(("step", "code"), [
    ("do: put 0x10 1; stop", "run(PUT(0x10, 1), STOP);"),
    ("paint red x 3", "paint(RED, 3);"),
    ("see CAP_X is 0xdeadbeef", "CHECK(CAP_X == 0xdeadbeefu);"),
    ("see CAP_X is 0x100000000", "CHECK(CAP_X == 0x100000000ull);"),
])
def test_a_step_becomes_c(language, step, code):
    assert language.translate(step) == code


@pytest.mark.parametrize(("step", "why"), [
    ("paint blue x 3", "'blue' is not a kind: one of red"),
    ("paint red x 256", "256 is outside u8"),
    ("paint red x many", "'many' is not a number"),
    ("do: put 1 1; jump", "unknown access 'jump'"),
    ("dance", "unknown step 'dance'; there are: do:"),
])
def test_what_cannot_be_said_is_named(language, step, why):
    with pytest.raises(PhraseError) as error:
        language.translate(step)
    assert why in str(error.value)


def test_an_unknown_table_is_named(tmp_path):
    (tmp_path / "p.toml").write_text("[strep]\n")
    with pytest.raises(UsageError, match="unknown table 'strep'"):
        load_language(tmp_path / "p.toml")


def test_some_values_are_possible_only_after_a_step(tmp_path):
    path = tmp_path / "phrases.toml"
    path.write_text("""
[int]
low = [0, 9]
high = [10, 19]
[after]
high = "climb"
[step]
"climb" = "climb();"
"go {n:low}" = "go({n});"
"go {n:high}" = "go({n});"
""")
    language = load_language(path)
    assert language.translate("go 5") == "go(5);"
    assert language.translate("go 15", ("climb",)) == "go(15);"
    with pytest.raises(PhraseError, match="'go 15' is impossible before 'climb'"):
        language.translate("go 15", ("go 5",))


def test_ranges_may_be_several(tmp_path):
    path = tmp_path / "phrases.toml"
    path.write_text('[int]\nn = [[0, 1], [8, 9]]\n[step]\n"x {n:n}" = "x({n});"\n')
    language = load_language(path)
    assert language.translate("x 8") == "x(8);"
    with pytest.raises(PhraseError, match="0x0 to 0x1 or 0x8 to 0x9"):
        language.translate("x 5")


def load(tmp_path, *texts):
    paths = [tmp_path / f"{n}.toml" for n in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return load_language(*paths)


@pytest.mark.parametrize(("number", "c"), [
    ("0", "0"), ("-5", "-5"), ("0x7fffffff", "0x7fffffff"), ("0x80000000", "0x80000000u"),
    ("0xffffffff", "0xffffffffu"), ("4294967296", "4294967296ull"), (" 7 ", "7"),
])
def test_a_number_is_written_as_it_stands_with_the_suffix_that_c_needs(tmp_path, number, c):
    language = load(tmp_path, '[int]\nn = [-9, 0xfffffffff]\n[step]\n"x {n:n}" = "{n}"\n')
    assert language.translate(f"x {number}") == c


@pytest.mark.parametrize("number", ["-10", "10", "0x1g", "1 2", "x", "-", "1.5"])
def test_what_is_no_number_of_the_range_is_refused(tmp_path, number):
    language = load(tmp_path, '[int]\nn = [-9, 9]\n[step]\n"x {n:n}" = "{n}"\n')
    with pytest.raises(PhraseError, match=number):
        language.translate(f"x {number}")


def test_the_ends_of_a_range_belong_to_it(tmp_path):
    language = load(tmp_path, '[int]\nn = [-9, 9]\n[step]\n"x {n:n}" = "{n}"\n')
    assert [language.translate(f"x {n}") for n in ("-9", "9")] == ["-9", "9"]


def test_a_phrase_is_literal_text_but_for_its_holes(tmp_path):
    language = load(tmp_path, '[step]\n"a.b (c)? {w:word}*" = "f({w}, {w}, {x});"\n')
    assert language.translate("a.b (c)? d*") == "f(d, d, {x});"
    with pytest.raises(PhraseError):
        language.translate("axb (c) d*")
    with pytest.raises(PhraseError):
        language.translate("a.b (c)? d e*")


def test_blanks_around_a_step_are_nothing(language):
    assert language.translate("  paint red x 3 ") == "paint(RED, 3);"


def test_a_later_file_adds_to_an_earlier_one_and_wins(tmp_path):
    language = load(
        tmp_path,
        '[int]\nn = [0, 1]\n[choice.c]\nred = "R"\n[form.f]\n"one" = "1"\n'
        '[list]\nl = { of = "f", separator = "," }\n[after]\nc = "first"\n'
        '[step]\n"first" = "F"\n"n {n:n}" = "{n}"\n"l {l:l}" = "{l}"\n',
        '[int]\nn = [5, 6]\n[choice.c]\nblue = "B"\n[form.f]\n"two" = "2"\n'
        '[step]\n"c {c:c}" = "{c}"\n')
    assert language.translate("n 5") == "5"
    assert language.translate("l one, two") == "1, 2"
    assert language.translate("c blue", ("first",)) == "B"
    for wrong in ("n 1", "c red"):
        with pytest.raises(PhraseError):
            language.translate(wrong, ("first",))


def test_a_type_that_nobody_made_is_named(tmp_path):
    with pytest.raises(PhraseError, match="'nothing'"):
        load(tmp_path, '[step]\n"x {n:nothing}" = "{n}"\n').translate("x 1")


def test_a_phrase_that_fits_in_form_only_does_not_decide_what_must_come_before(tmp_path):
    language = load(tmp_path, '[int]\nlow = [0, 1]\nb = [5, 6]\n[after]\nlow = "first"\n[step]\n'
                              '"x {m:low} {n:low}" = "L"\n"x {m:b} {n:b}" = "B"\n')
    assert language.translate("x 5 5") == "B"
    with pytest.raises(PhraseError, match="before 'first'"):
        language.translate("x 1 1", ("other",))


def test_the_first_reason_is_given_when_no_phrase_fits(tmp_path):
    language = load(tmp_path, '[int]\na = [0, 1]\nb = [5, 6]\n[step]\n'
                              '"x {m:a}" = "A"\n"x {m:b}" = "B"\n')
    with pytest.raises(PhraseError, match="outside a"):
        language.translate("x 3")


@pytest.mark.parametrize("text", [
    "[step", "[int]\nn = []\n", "[int]\nn = 5\n", '[int]\nn = ["a", "b"]\n', "[int]\nn = [1]\n",
    '[list]\nl = { of = "x" }\n', "step = 5\n", '[form]\nf = "x"\n', "int = [1, 2]\n",
    '[step]\n"{n:a} {n:a}" = "x"\n', '[list]\nl = "x"\n',
])
def test_a_file_that_is_wrong_is_named(tmp_path, text):
    with pytest.raises(UsageError, match=r"0\.toml"):
        load(tmp_path, text)


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "p.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"p\.toml"):
        load_language(tmp_path / "p.toml")


def test_a_profile_speaks_the_librarys_language_and_its_own(profile):
    language = language_of(profile)
    assert language.translate("put 1") == "PUT(1);"
    assert language.translate("see 255") == "SEE(255);"
