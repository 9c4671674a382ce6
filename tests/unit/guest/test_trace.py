# SPDX-License-Identifier: GPL-2.0-or-later
"""The log of what QEMU has translated."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guest import trace

LOG = b"""----------------
IN: get_option
0xffffffff81000010:  48 89 f8                 movq     %rdi, %rax
0xffffffff81000013:  c3                       retq

IN:
0xffffffff81000020:  90                       nop
0x00000000000000ff:  90                       nop
----------------
"""
RANGES = ((0xffffffff81000000, 0x20),)


def left(folder, seen, order=(), **lines):
    """What a boot leaves that has executed this."""
    trace.keep(folder / trace.RAN, seen, order, lines)
    return folder / trace.RAN


def test_what_qemu_is_told():
    assert trace.words(((16, 4), (255, 1)), "/out/x") == [
        "-d", "in_asm", "-dfilter", "0x10+0x4,0xff+0x1,0x600000000000+0x4000000", "-D", "/out/x"]
    assert trace.words((), "/out/x") == []


def test_instructions_in_the_ranges_count():
    seen = {}
    assert trace.taken(LOG, RANGES, seen) == b""
    assert list(seen) == [0xffffffff81000010, 0xffffffff81000013]


@given(st.lists(st.integers(0, len(LOG)), max_size=5))
def test_a_log_may_come_in_any_pieces(cuts):
    seen, rest, at = {}, b"", 0
    for cut in [*sorted(cuts), len(LOG)]:
        rest, at = trace.taken(rest + LOG[at:cut], RANGES, seen), cut
    assert list(seen) == [0xffffffff81000010, 0xffffffff81000013]


@given(st.lists(st.integers(0, len(LOG)), max_size=5))
def test_of_blocks_only_the_beginnings_may_be_asked_for_in_any_pieces(cuts):
    seen, rest, at = {}, b"", 0
    for cut in [*sorted(cuts), len(LOG)]:
        rest, at = trace.taken(rest + LOG[at:cut], ((0, 1 << 64),), seen, trace._BLOCK), cut
    assert list(seen) == [0xffffffff81000010, 0xffffffff81000020]


def test_the_order_in_which_code_ran_first_stays(tmp_path):
    with trace.traced(tmp_path, ((0, 100),), blocks=True) as seen:
        for start in (0x20, 0x10, 0x20):
            (tmp_path / trace.NAME).write_bytes(b"IN:\n0x%02x:  90 nop\n0x40: 90 nop\n" % start)
    assert trace.addresses(left(tmp_path, seen)) == (0x20, 0x10)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data):
    trace.taken(data, RANGES, {})


def test_what_has_no_end_is_not_kept():
    assert len(trace.taken(b"0x" * 200_000, RANGES, {})) <= 1 << 16
    seen = dict.fromkeys(range(trace.MOST))
    trace.taken(LOG, RANGES, seen)
    assert len(seen) == trace.MOST


def test_a_guest_that_writes_is_read_and_leaves_a_file(tmp_path):
    with trace.traced(tmp_path, RANGES) as seen:
        writers = [threading.Thread(target=(tmp_path / trace.NAME).write_bytes, args=(LOG * 500,))
                   for _ in range(2)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    assert trace.addresses(left(tmp_path, seen)) == (0xffffffff81000010, 0xffffffff81000013)
    assert not (tmp_path / trace.NAME).exists()


def test_a_guest_that_never_comes_leaves_an_empty_one(tmp_path):
    with trace.traced(tmp_path, RANGES) as seen:
        pass
    assert trace.addresses(left(tmp_path, seen)) == ()


def test_without_ranges_there_is_no_log(tmp_path):
    with trace.traced(tmp_path, ()):
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_none_is_an_error(tmp_path):
    (tmp_path / trace.RAN).write_text("zz\n")
    with pytest.raises(ValueError, match="zz"):
        trace.addresses(tmp_path / trace.RAN)


def test_what_ran_is_told_by_what_had_begun(tmp_path):
    pio, race = trace.MARKS, trace.MARKS + trace.EACH
    seen = dict.fromkeys((1, pio, 2, pio + 16, 3, pio + 32, 4, pio + 48, 5, race, 6, race + 16))
    said = {"pio": ["TAP version 13", "ok 1 reads", "# ok 1 other", "not ok 2 - writes # x"]}
    assert trace.groups(left(tmp_path, seen, ["pio", "race"], **said)) == (
        ("", (1,)), ("pio", (2,)), ("pio.reads", (3,)), ("pio.writes", (4,)), ("pio", (5,)),
        ("race", (6,)), ("race", ()))
    assert trace.addresses(tmp_path / trace.RAN) == (1, 2, 3, 4, 5, 6)


def test_a_mark_of_no_program_is_no_name(tmp_path):
    path = left(tmp_path, (trace.MARKS + 5 * trace.EACH, 7), ["pio"])
    assert trace.groups(path) == (("", ()), ("", (7,)))


@given(st.text(max_size=300), st.integers(0, 1 << 20))
def test_no_name_of_a_guest_breaks_the_file(tmp_path_factory, text, number):
    path = left(tmp_path_factory.mktemp("x"), (1, trace.MARKS + number, 2), ["p", "q"],
                p=[f"ok {number} {text}"], q=[text])
    (_, one), (name, two) = trace.groups(path)
    assert (one, two) == ((1,), (2,))
    assert len(name) <= 160
