# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions of the preprocessor, as far as some symbols decide them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.csource.condition import DIRECTIVE, bare, decide, logical

SYMBOLS = {"ON": (True, 1), "OFF": (False, 0), "HZ": (True, 250), "ZERO": (True, 0)}


def value(text, kind="if", **how):
    return decide(kind, text, SYMBOLS.get, **how)


@pytest.mark.parametrize(("kind", "text", "decided"), [
    ("ifdef", " ON", True), ("ifdef", " OFF", False), ("ifdef", " ZERO", True),
    ("ifndef", " ON", False), ("ifndef", " OFF", True), ("ifdef", " X", None),
    ("ifndef", " X", None), ("ifdef", " ON /* so */", True), ("ifdef", "", None),
    ("ifdef", " ON extra", True)])
def test_whether_a_symbol_is_defined(kind, text, decided):
    assert value(text, kind) is decided


@pytest.mark.parametrize(("text", "decided"), [
    ("ON", True), ("OFF", False), ("ZERO", False), ("X", None),
    ("defined(ON)", True), ("defined ON", True), ("defined(ZERO)", True), ("defined(OFF)", False),
    ("defined(X)", None), ("!ON", False), ("!OFF", True), ("!X", None), ("!!ON", True),
    ("!defined(OFF)", True), ("(ON)", True), ("!(OFF || ON)", False),
])
def test_single_symbols(text, decided):
    assert value(text) is decided


T, F, N = "ON", "OFF", "X"


@pytest.mark.parametrize(("one", "other", "both", "either"), [
    (T, T, True, True), (T, F, False, True), (F, T, False, True), (F, F, False, False),
    (T, N, None, True), (N, T, None, True), (F, N, False, None), (N, F, False, None),
    (N, N, None, None)])
def test_what_one_side_decides_is_decided(one, other, both, either):
    assert value(f"{one} && {other}") is both
    assert value(f"{one} || {other}") is either


@pytest.mark.parametrize(("text", "decided"), [
    ("HZ > 250", False), ("HZ > 249", True), ("HZ >= 250", True), ("HZ >= 251", False),
    ("HZ < 250", False), ("HZ < 251", True), ("HZ <= 250", True), ("HZ <= 249", False),
    ("HZ == 250", True), ("HZ == 251", False), ("HZ != 250", False), ("HZ != 251", True),
    ("HZ == 0xfa", True), ("HZ == 0XFAUL", True), ("HZ == 250u", True), ("HZ > X", None),
    ("X > HZ", None), ("1000 > HZ", True), ("HZ > 100 == 1", True),
])
def test_comparisons(text, decided):
    assert value(text) is decided


@pytest.mark.parametrize(("text", "decided"), [
    ("OFF && OFF || ON", True), ("ON || OFF && OFF", True), ("(ON || OFF) && OFF", False),
    ("ON || ON && X", True), ("HZ > 100 && HZ < 300", True), ("!OFF && ON", True),
    ("!(OFF && X) || X", True), ("ON && ON && OFF", False), ("OFF || OFF || ON", True)])
def test_operators_bind_as_in_c(text, decided):
    assert value(text) is decided


@pytest.mark.parametrize("text", [
    "ON &&", "|| ON", "(ON", "ON)", "ON ON", "HZ + 1", "HZ & 1", "HZ * 2 > 3", "ON ? 1 : 0", "",
    "defined(ON", "FUNC(ON)", "ON(1)", "ON == 'a'", 'ON == "a"', "HZ == 08", "HZ > 1.5", "()",
    "-1 < HZ", "@", "HZ > 0x"])
def test_what_is_not_understood_is_left_undecided(text):
    assert value(text) is None


@pytest.mark.parametrize(("text", "decided"), [
    ("0", False), ("1", True), ("1 == 2", False), ("!1", False), ("0x10 > 15", True),
    ("(1)", True), ("10ULL", True)])
def test_nothing_but_numbers_counts_only_for_compilers(text, decided):
    """unifdef leaves "#if 0" alone."""
    assert value(text) is None
    assert value(text, constants=True) is decided


def test_a_condition_may_go_on_and_have_comments():
    assert value(" defined(ON) && \\\n\t/* not\nOFF */ !OFF // || OFF\n") is True


def test_brackets_without_end_are_not_followed():
    assert value("(" * 60 + "ON" + ")" * 60) is True
    assert value("(" * 5000 + "ON" + ")" * 5000) is None
    assert value("!" * 5000 + "ON") is None


@pytest.mark.parametrize(("line", "kind"), [
    ("#ifdef X", "ifdef"), ("  # \tif X", "if"), ("#endif", "endif"), ("#elif X", "elif"),
    ("#else", "else"), ("#ifndef X", "ifndef"), ("#define X", None), ("#iffy", None),
    ("x #if", None), ("#include <x>", None)])
def test_directives_that_open_or_close_a_branch(line, kind):
    match = DIRECTIVE.match(line)
    assert (match and match.group(1)) == kind


@pytest.mark.parametrize(("text", "without"), [
    ("a /* b */ c", "a   c"), ("a // b", "a  "), ('a "/* b */" c', 'a "/* b */" c'),
    ("a '//' b", "a '//' b"), ("a /* open", "a  "), ('"\\"/*" a', '"\\"/*" a'),
    ("a /**/ b", "a   b")])
def test_comments_are_left_out(text, without):
    assert bare(text) == without


@pytest.mark.parametrize(("text", "rows"), [
    ("a\nb\n", ["a\n", "b\n"]), ("a\nb", ["a\n", "b"]), ("", []), ("a \\\nb\nc\n",
                                                               ["a \\\nb\n", "c\n"]),
    ("a /* b\nc */ d\ne\n", ["a /* b\nc */ d\n", "e\n"]),
    ("a /* b\nc\nd */ /* e\nf */\ng\n", ["a /* b\nc\nd */ /* e\nf */\n", "g\n"]),
    ("a // /* b\nc\n", ["a // /* b\n", "c\n"]), ('"/*"\nb\n', ['"/*"\n', "b\n"]),
    ("a /* b */\nc\n", ["a /* b */\n", "c\n"]), ("a /*/\nb */\nc\n", ["a /*/\nb */\n", "c\n"]),
    ("a /**/\nb\n", ["a /**/\n", "b\n"]), ("a /* b\nc", ["a /* b\nc"]), ("a \\\n", ["a \\\n"]),
    ("a /* b \\\n c */\nd\n", ["a /* b \\\n c */\n", "d\n"]),
    ("a\fb\n\x0bc\n", ["a\fb\n", "\x0bc\n"]),
])
def test_logical_lines(text, rows):
    assert list(logical(text)) == rows


@given(st.lists(st.sampled_from(["/*", "*/", "//", '"', "'", "\\", "\n", "a", " ", "\\\n"])
                ).map("".join))
def test_no_line_is_lost(text):
    rows = list(logical(text))
    assert "".join(rows) == text
    assert all(row.endswith("\n") for row in rows[:-1])


@given(st.lists(st.sampled_from(["(", ")", "!", "&&", "||", "ON", "X", "defined", "1", "==", "<",
                                 "'", "/*"])).map(" ".join))
def test_what_is_decided_holds_whatever_the_other_symbols_are(text):
    decided = value(text)
    for found in ((True, 1), (False, 0), (True, 7)):
        assert decided in {None, decide("if", text, {**SYMBOLS, "X": found}.get)}
