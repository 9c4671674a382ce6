# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import UsageError
from harness.generate.language import PhraseError, load_language

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
