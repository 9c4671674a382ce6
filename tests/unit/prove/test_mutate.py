# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.prove import mutate

OLD = b"""int take(struct box *box)
{
	return 0;
}
"""
NEW = b"""int take(struct box *box)
{
	if (box->kind > 1 && box->size)
		return -EINVAL;
	box->slot = put(box, box->kind ? LEFT : RIGHT, 7);
	return 0;
}
"""


def made(old=OLD, new=NEW, path="a/b.c"):
    return mutate.edits(path, old, new)


@pytest.mark.parametrize("text", [
    b"if (!(box->kind > 1 && box->size))", b"if (1)", b"if (0)",  # a condition
    b"if (box->kind > 1)", b"if (box->size)",  # an operand dropped
    b"box->kind > 1 || box->size", b"box->kind >= 1 && box->size",  # an operator
    b"box->kind > 2", b"box->kind > 0", b", 8)", b", 6)",  # off by one
    b"return -ENOENT;", b"? RIGHT : LEFT,", b"put(box->kind ? LEFT : RIGHT, box, 7)",
    b"put(box, 7, box->kind ? LEFT : RIGHT)", b"box->size)\n\t\t;\n",
])
def test_each_way_to_be_wrong_is_tried(text):
    assert any(text in e.content for e in made()), text


def test_a_whole_hunk_and_a_whole_statement_can_be_missing():
    contents = {e.name.split()[1].rpartition("-")[0]: e.content for e in made()}
    assert OLD in {e.content for e in made()}
    assert "drop" in contents
    assert any(b"-EINVAL" not in e.content and b"put(" in e.content for e in made())


def test_lines_that_were_there_are_left_alone():
    for edit in made():
        assert edit.content.startswith(b"int take(struct box *box)\n{\n")
        assert edit.content.endswith(b"\treturn 0;\n}\n")


def test_no_two_are_the_same_and_none_is_the_right_version():
    contents = [e.content for e in made()]
    assert len(set(contents)) == len(contents)
    assert NEW not in contents
    assert len({e.name for e in made()}) == len(made())


def test_names_tell_file_line_and_kind():
    (edit,) = [e for e in made() if b"-ENOENT" in e.content]
    assert edit.name == "a/b.c:4 errno-1"
    assert (edit.path, edit.line, edit.before, edit.after) == ("a/b.c", 4, "EINVAL", "ENOENT")


def test_headers_numbers_and_fields():
    old = b"#define A 1\nstruct s {\n\tint a;\n};\n"
    new = b"#define A 1\n#define B 2\nstruct s {\n\tint a;\n\tint b;\n};\n"
    contents = [e.content for e in made(old, new, "x.h")]
    assert any(b"#define B3\n" in c or b"#define B 3\n" in c for c in contents)
    assert any(b"int b;" not in c and b"int a;" in c for c in contents)


def changed(line):
    """What becomes of a line that a series adds to a function."""
    new = OLD.replace(b"\treturn 0;\n", b"\t" + line + b"\n\treturn 0;\n")
    return {e.name.split()[1].rpartition("-")[0]: e.after for e in made(OLD, new)}, {
        e.content.split(b"\n")[2].strip() for e in made(OLD, new)}


@pytest.mark.parametrize(("line", "wrong"), [
    (b"while (i < n)", b"while (i < (n + 1))"), (b"if (i >= n)", b"if (i >= (n + 1))"),
    (b"while (i < n)", b"while (i <= n)"), (b"while (i > n)", b"while (i >= n)"),
    (b"x = i <= n;", b"x = i < n;"), (b"x = i >= n;", b"x = i > n;"),
    (b"x = i == n;", b"x = i != n;"), (b"x = i % n;", b"x = i / n;"),
    (b"x = i & n;", b"x = i | n;"), (b"x = i || n;", b"x = i;"), (b"x = i || n;", b"x = n;"),
    (b"return -ENOENT;", b"return -EINVAL;"), (b"x = 0x10;", b"x = 17;"),
    (b"x = 0x10;", b"x = 15;"), (b"x = 0;", b"x = 1;"), (b"goto out;", b";"),
    (b"x = a ? b : c;", b"x = (!(a)) ? b : c;"), (b"x = a ? b : c;", b"x = a ? c : b;"),
    (b"f(a,  b);", b"f(b,  a);"), (b"while (i)", b"while (!(i))"),
])
def test_a_line_as_a_tired_author_might_have_written_it(line, wrong):
    assert wrong in changed(line)[1]


@pytest.mark.parametrize(("line", "kind"), [
    (b"f(a, a);", "swap-arguments"), (b"x = i < 3;", "bound"), (b"x = i == n;", "bound"),
    (b"x = i + n;", "drop-operand"), (b"x = 0755;", "number"), (b"x = Ei;", "errno"),
    (b"x = i ^ n;", "operator"), (b"f(a);", "swap-arguments"), (b"x = a;", "condition"),
])
def test_what_would_be_no_other_code_is_not_tried(line, kind):
    assert kind not in changed(line)[0]


def test_zero_is_not_made_negative():
    assert b"x = -1;" not in changed(b"x = 0;")[1]


def test_an_empty_statement_has_nothing_to_leave_out():
    assert "drop" not in changed(b";")[0]


def test_a_place_that_was_changed_can_be_as_it_was():
    old = b"int a;\nint b;\nint c;\nint d;\n"
    new = b"int a;\nint x;\nint c;\nint y;\nint z;\n"
    hunks = [e for e in made(old, new) if "drop-hunk" in e.name]
    assert [(e.line, e.before, e.after) for e in hunks] == [
        (2, "int x;", "int b;"), (4, "int y; int z;", "int d;")]
    assert [e.name for e in hunks] == ["a/b.c:2 drop-hunk-1", "a/b.c:4 drop-hunk-1"]
    assert hunks[0].content == b"int a;\nint b;\nint c;\nint y;\nint z;\n"


def test_mutants_have_the_order_of_the_lines():
    lines = [e.line for e in made()]
    assert lines == sorted(lines)


def test_octal_numbers_are_left_alone():
    assert not [e for e in made(b"", b"#define MODE 0644\n#define N 08\n", "x.h")
                if " number" in e.name]


def test_what_is_no_c_is_not_mutated():
    assert made(b"", b"if (x > 1)\n", "Documentation/x.rst") == ()


def test_a_file_that_does_not_parse_is_skipped_over():
    sound = b"int f(void)\n{\n\treturn 1;\n}\n"
    new = OLD + b"#if A\nlist_for_each(a, b) {\n\tif (x > 1) {\n#endif\n"
    assert not any("condition" in e.name for e in mutate.edits("a.c", OLD, new))
    assert any(b"return 2;" in e.content for e in mutate.edits("a.c", OLD, sound + new))


@settings(max_examples=150)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_taken(old, new):
    for edit in mutate.edits("a.c", old, new):
        assert edit.content != new


def test_added_lines():
    assert mutate.added_lines(b"a\nb\n", b"a\nx\nb\ny\n") == {2, 4}


def test_a_hunk_knows_all_its_lines():
    (hunk,) = [e for e in mutate.edits("a.c", b"int a;\n", b"int a;\nint b = 1;\nint c = 2;\n")
               if "drop-hunk" in e.name]
    assert (hunk.line, hunk.lines) == (2, 2)
