# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.clean import BIDI, clean, decode, one_line


def test_escapes_are_shown_and_not_passed_on():
    assert clean("a\x1b[2Jb\u202ec\udcff") == "a\\x1b[2Jb\\u202ec\\udcff"


def test_newline_and_tab_stay():
    assert clean("a\n\tb") == "a\n\tb"


@given(st.binary())
def test_any_bytes_come_out_printable(data):
    text = clean(decode(data))
    text.encode("utf-8")
    assert not set(text) & (set(map(chr, range(0x20))) - {"\n", "\t"} | set(BIDI) | {"\x7f"})


@given(st.text(), st.integers(2, 50))
def test_one_line_is_one_line_of_that_length(text, limit):
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


@pytest.mark.parametrize("char", ["\ufffe", "\uffff"])
def test_what_no_xml_may_hold_is_shown_as_an_escape(char):
    assert clean(f"a{char}b") == f"a\\u{ord(char):04x}b"
