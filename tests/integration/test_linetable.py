# SPDX-License-Identifier: GPL-2.0-or-later
"""The line table of what gcc makes."""

import subprocess

import pytest

from harness.cover import linetable

SOURCE = """static inline int f(int a)
{
	if (a > 3)
		return other(a);
	return a * 2;
}
int g(int b)
{
	return f(b) + 1;
}
__attribute__((section(".init.text"))) int h(int b)
{
	return b + 2;
}
"""
EVERY = {"lib/x.c": frozenset(range(1, 99))}


@pytest.fixture(scope="module", params=["-m64", "-m32"])
def made(tmp_path_factory, request):
    """An object of that source, which lies in a folder of its own."""
    place = tmp_path_factory.mktemp("made")
    (place / "lib").mkdir()
    (place / "lib" / "x.c").write_text(f"int other(int a);\n#line 1\n{SOURCE}")
    subprocess.run(["gcc", request.param, "-O2", "-gdwarf-4", "-c", f"{place}/lib/x.c", "-o",
                    place / "x.o"], check=True)
    return (place / "x.o").read_bytes(), str(place)


def read(made, wanted):
    """The table, with the folder that the object was made of as the tree."""
    return linetable.read(made[0], wanted, made[1])


# An object of 32 bits is in no kernel that boots here: its sections have no numbers.
@pytest.mark.parametrize("made", ["-m64"], indirect=True)
def test_code_has_the_lines_that_it_was_written_in(made):
    table = read(made, EVERY)
    by = {f.name: f for f in table.functions}
    assert set(by) == {"g", "h"}

    def lines(name):
        one = by[name]
        return {r.line for r in table.rows if r.section == one.section
                and one.start <= r.start and r.end <= one.start + one.size}
    assert 4 in lines("g"), "what was inlined too"
    assert lines("g") <= set(range(1, 11))
    assert 13 in lines("h")
    assert lines("h") <= {11, 12, 13, 14}
    places = [(r.section, r.start) for r in table.rows if r.start < r.end]
    assert len(places) == len(set(places)), "code is of one line"
    begun = {(r.section, r.start) for r in table.rows if r.start == r.end}
    assert begun <= set(places), "a line without code begins where another one has some"
    assert by["g"].section != by["h"].section
    assert all(r.start <= r.end for r in table.rows)
    assert {r.begins for r in table.rows} == {True, False}, "statements begin at some of it"


def test_lines_and_files_that_nobody_asked_for_are_left_out(made):
    assert read(made, {"lib/x.c": frozenset({4}), "other/x.c": frozenset({9})}).rows
    assert {r.line for r in read(made, {"lib/x.c": frozenset({4})}).rows} <= {4}
    assert read(made, {"b/x.c": frozenset({4})}).rows == ()


def test_a_file_of_another_folder_whose_path_ends_so_is_another_file(made):
    data, place = made
    assert linetable.read(data, {"x.c": frozenset(range(99))}, place).rows == ()
    assert linetable.read(data, EVERY, "/elsewhere").rows == ()
    assert linetable.read(data, {"x.c": frozenset(range(99))}, f"{place}/lib").rows


@pytest.mark.parametrize("cut", [0, 3, 64, 200, 1000, -1])
def test_a_damaged_object_is_no_table(made, cut):
    made, _ = made
    for data in (made[:cut], made[:80] + b"\xff" * 300 + made[380:]):
        try:
            linetable.read(data, EVERY)
        except linetable.UNREADABLE:
            continue


def test_an_object_without_lines_says_so(tmp_path):
    subprocess.run(["gcc", "-c", "-x", "c", "-", "-o", tmp_path / "x.o"], check=True,
                   input=b"int f(void) { return 1; }\n")
    with pytest.raises(linetable.UNREADABLE):
        linetable.read((tmp_path / "x.o").read_bytes(), EVERY)
