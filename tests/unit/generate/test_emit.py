# SPDX-License-Identifier: GPL-2.0-or-later
"""The C of a spec: how lines, comments and strings are broken, and what a test is made of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.generate.emit import generate, generate_all, wrap
from harness.generate.language import language_of
from harness.generate.specs import load_spec


def call(*sizes, name="call"):
    return f"{name}({', '.join(chr(97 + n) * size for n, size in enumerate(sizes))});"


@pytest.mark.parametrize(("line", "rows"), [
    (call(40, 43), 1), (call(40, 44), 2), (call(30, 30, 30), 2), (call(80, 80, 80), 3),
])
def test_a_line_is_broken_when_it_is_longer_than_the_kernel_likes(line, rows):
    parts = wrap(line).split("\n")
    assert len(parts) == rows
    assert all(len(part.expandtabs(8)) + (8 if n == 0 else 0) <= 100
               for n, part in enumerate(parts))


def test_what_follows_stands_below_the_first_argument():
    assert wrap(call(80, 20, 20, name="function_of_ten")).split("\n\t") == [
        f"function_of_ten({'a' * 80},", f"\t\t{'b' * 20}, {'c' * 20});"]
    assert wrap(call(80, 20)).split("\n\t")[1] == f"     {'b' * 20});"


@pytest.mark.parametrize("inner", ["INNER(1, 2, 3)", "{ 1, 2, 3 }", "a[1, 2]", '"x, (y, z"',
                                   r'"say \", now"'])
def test_what_is_inside_of_an_argument_stays_together(inner):
    text = wrap(f"call({'a' * 60}, {'b' * 20}, {inner}, {inner});")
    assert text.count("\n") >= 1
    assert text.count(inner) == 2


@given(st.lists(st.sampled_from(["a" * 30, "f(1, 2)", '"a, b"', "{ 1, 2 }", "x[3]"]), min_size=1,
                max_size=12))
def test_a_line_that_is_broken_says_the_same(arguments):
    line = f"call({', '.join(arguments)});"
    rows = wrap(line).split("\n")
    assert " ".join(row.strip() for row in rows) == line
    assert all(len(row.expandtabs(8)) <= 100 for row in rows)


@pytest.fixture
def made(profile):
    """``made(line, ...)``: the C of a spec of one test, with other keys or steps."""
    def go(*keys, says="It sees", steps='["put 1"]'):
        path = profile.folder / "specs" / "three.toml"
        path.write_text(f'about = "Third"\n[[test]]\nname = "t"\nsays = "{says}"\nsteps = {steps}\n'
                        + "".join(f"{key}\n" for key in keys))
        return generate(load_spec(path), language_of(profile), profile)
    return go


def test_a_file_says_what_it_is_made_of(made):
    text = made()
    assert "Third" in text
    assert "three.toml" in text
    assert '{ "t", t, NULL },' in text


def test_a_capability_that_a_test_needs_is_asked_for_first(made):
    body = made('needs = "CAP_X"').partition("static void t(void)")[2]
    assert body.index("begin(&toy);") < body.index("NEED(CAP_X);") < body.index("PUT(1);")
    assert "NEED" not in made()


def test_what_may_differ_stands_in_the_table(made):
    text = made(r'''may_differ = "a \"quoted\" back\\slash"''')
    assert r'"a \"quoted\" back\\slash" },' in text
    assert "NULL }" not in text


def test_a_long_reason_is_broken_and_nothing_of_it_lost(made):
    reason = " ".join(["reason"] * 30)
    text = made(f'may_differ = "{reason}"')
    rows = re.findall(r'^\t\t  "(.*)"(?: },)?$', text, re.MULTILINE)
    assert len(rows) > 1
    assert "".join(rows) == reason
    assert all(len(row.expandtabs(8)) <= 100 for row in text.splitlines())


def test_a_long_comment_has_lines_of_its_own(made):
    text = made(says=" ".join(["word"] * 40))
    comment = text[:text.index("static void t(void)")].rpartition("/*")[2]
    assert comment.startswith("\n * word")
    assert comment.rstrip().endswith("word.\n */")
    assert "/* It sees. */\nstatic void t(void)" in made()


def test_a_comment_cannot_be_ended_by_what_it_says(made):
    text = made(says="It */ evil() /*")
    assert text.count("*/") == text.count("/* It") + 1


def test_steps_know_what_came_before(made, profile):
    with (profile.folder / "phrases.toml").open("a") as phrases:
        phrases.write('"late {n:late}" = "L({n});"\n[int]\nlate = [0, 9]\n'
                      '[after]\nlate = "put 1"\n')
    assert "L(3);" in made(steps='["put 1", "see 1", "late 3"]')
    with pytest.raises(UsageError, match=r"three\.toml:2: t, step 1\b"):
        made(steps='["late 3", "put 1"]')


def test_a_step_that_cannot_be_said_is_named_with_its_place(made):
    with pytest.raises(UsageError, match=r"three\.toml:2: t, step 2\b.*'dance'"):
        made(steps='["put 1", "dance"]')


def test_many_specs_are_one_program_behind_its_library(profile):
    specs = tuple(load_spec(path) for path in profile.specs)
    text = generate_all(specs, language_of(profile), profile, "LIBRARY")
    assert text.index("LIBRARY") < text.index("static void one_a(void)")
    assert re.findall(r'\{ "(\w+)", (\w+),', text) == [(n, n) for n in ("one_a", "one_b", "two_b")]
    assert "nobody said" in text


def test_a_long_line_that_calls_nothing_stays_in_one_piece():
    line = "x = " + " + ".join(["value"] * 30) + ";"
    assert wrap(line) == line
