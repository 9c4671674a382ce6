# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff of any condition: its files, its hunks, and what does not add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import hunks
from harness.hunks import names_of, scan, unified, unquote, without_prefix

HEAD = (b"diff --git a/x.c b/x.c", b"--- a/x.c", b"+++ b/x.c")
NEXT = (b"diff --git a/y.c b/y.c", b"--- a/y.c", b"+++ b/y.c", b"@@ -1 +1 @@", b"-a", b"+b")


def read(*lines):
    return scan(b"\n".join(lines) + b"\n")


def only_hunk(*lines):
    (hunk,) = read(*HEAD, *lines).files[0].hunks
    return hunk


def flaws(*lines):
    return [(flaw.kind, flaw.line) for flaw in read(*lines).flaws]


def paths(*lines):
    return [(file.old_path, file.new_path) for file in read(*lines).files]


def test_a_sound_diff():
    found = read(*HEAD, b"@@ -3,2 +4,3 @@ int f(void)", b" a", b"-b", b"+c", b"+d", *NEXT)
    assert found.flaws == ()
    first, second = found.files
    assert (first.line, first.path, first.header) == (1, "x.c", HEAD)
    assert (second.line, second.path) == (9, "y.c")
    (hunk,) = first.hunks
    assert (hunk.line, hunk.old, hunk.old_count, hunk.new, hunk.new_count) == (4, 3, 2, 4, 3)
    assert hunk.section == b" int f(void)"
    assert hunk.lines == (b" a", b"-b", b"+c", b"+d")
    assert (hunk.before, hunk.after) == ((b"a", b"b"), (b"a", b"c", b"d"))


def test_a_count_that_is_left_out_is_one_and_a_blank_may_be_lost_on_an_empty_line():
    hunk = only_hunk(b"@@ -7 +9,2 @@", b"", b"+new")
    assert (hunk.old, hunk.old_count, hunk.new, hunk.new_count) == (7, 1, 9, 2)
    assert (hunk.before, hunk.after) == ((b"",), (b"", b"new"))


def test_a_header_can_be_written_with_the_counts_of_its_lines():
    assert only_hunk(b"@@ -3,9 +3,9 @@ f", b" a", b"+b").header() == b"@@ -3,1 +3,2 @@ f"


def test_the_mark_for_no_newline_counts_for_nothing():
    found = read(*HEAD, b"@@ -1 +1 @@", b"-a", b"\\ No newline at end of file", b"+b",
                 b"\\ No newline at end of file", *NEXT)
    assert found.flaws == ()
    hunk = found.files[0].hunks[0]
    assert hunk.lines[1] == hunk.lines[3] == b"\\ No newline at end of file"
    assert (hunk.before, hunk.after) == ((b"a",), (b"b",))


def test_dos_line_ends_are_no_part_of_a_section():
    assert only_hunk(b"@@ -1 +1 @@ f\r", b"-a\r", b"+b\r").section == b" f"


@pytest.mark.parametrize(("lines", "kinds"), [
    ((b"@@ -1,2 +1,2 @@", b" a", b"-b", b"+c"), []),
    ((b"@@ -1,3 +1,2 @@", b" a", b"-b", b"+c"), [("counts", 4)]),
    ((b"@@ -1,2 +1,3 @@", b" a", b"-b", b"+c"), [("counts", 4)]),
    ((b"@@ -1,1 +1,1 @@", b" a", b"-b", b"+c"), [("counts", 4)]),
    ((b"@@ -1,2 +1,2 @@", b" a long", b"line", b"-b", b"+c"), [("wrapped", 6)]),
    ((b"@@ -1,2 +1,2 @@", b"lost", b" a", b"-b", b"+c"), [("wrapped", 5)]),
    ((b"@@@ -1,2 -1,2 +1,2 @@@", b"  a"), [("combined", 4)]),
    ((b"@@ -x +1,2 @@", b" a"), [("header", 4)]),
    ((b"-a", b"@@ -1 +1 @@", b"-a", b"+b"), [("stray", 4)]),
    ((b"+a", b"@@ -1 +1 @@", b"-a", b"+b"), [("stray", 4)]),
    ((b"---", b"", b" 1 file changed", b"@@ -1 +1 @@", b"-a", b"+b"), []),
    ((b"GIT binary patch", b"literal 3", b"-a", b"+b"), []),
])
def test_flaws_have_a_kind_and_a_line(lines, kinds):
    assert flaws(*HEAD, *lines) == kinds


def test_flaws_come_in_the_order_of_lines():
    """That counts are wrong is known only at the end of a hunk, but stands at its head."""
    assert flaws(*HEAD, b"@@ -1,4 +1,2 @@", b" a", b"wrapped", b"-b", b"+c", b"@@ nonsense @@") == [
        ("counts", 4), ("wrapped", 6), ("header", 9)]


def test_what_stands_before_any_file_is_no_diff():
    assert flaws(b"-- a list", b"+ in a message", *HEAD) == []
    assert flaws(b"@@ -1 +1 @@", b"-a", b"+b") == [("header", 1)]
    assert scan(b"").files == scan(b"Dear all\n").files == ()


def test_a_wrapped_line_is_kept_with_the_one_it_was_cut_from():
    hunk = only_hunk(b"@@ -1,2 +1,2 @@", b" a long", b"line", b"-b", b"+c")
    assert hunk.lines == (b" a long\nline", b"-b", b"+c")


def test_what_the_flaws_say_names_both_counts():
    (flaw,) = read(*HEAD, b"@@ -1,7 +1,8 @@", b" a", b"-b", b"-b").flaws
    assert all(number in flaw.message for number in ("7", "8", "3", "1"))


@pytest.mark.parametrize("end", [b"-- ", b"--", b"---", b"-----------  "])
def test_a_ruler_ends_a_whole_hunk(end):
    found = read(*HEAD, b"@@ -1,2 +1,2 @@", b" a", b"-b", b"+c", end, b"2.39.5")
    assert found.flaws == ()
    assert found.files[0].hunks[0].lines == (b" a", b"-b", b"+c")


@pytest.mark.parametrize("counts", [b"-1,3 +1,3", b"-1,4 +1,2", b"-1,2 +1,4"])
def test_a_signature_ends_a_hunk_that_lacks_lines(counts):
    found = read(*HEAD, b"@@ " + counts + b" @@", b" a", b"-b", b"+c", b"-- ", b"2.39.5", b"")
    assert found.files[0].hunks[0].lines == (b" a", b"-b", b"+c")
    assert [flaw.kind for flaw in found.flaws] == ["counts"]


def test_a_removed_item_of_a_list_is_no_signature():
    hunk = only_hunk(b"@@ -1,3 +1,2 @@", b" a", b"-b", b"+c", b"-- ", b"2.39.5")
    assert hunk.before == (b"a", b"b", b"- ")
    hunk = only_hunk(b"@@ -1,3 +1,2 @@", b" a", b"-- ", b" b")
    assert hunk.before == (b"a", b"- ", b"b")
    hunk = only_hunk(b"@@ -1,2 +1,3 @@", b" a", b"--", b"+new", b"+more", b"\\ No newline")
    assert hunk.before == (b"a", b"-")


def test_after_a_signature_the_next_file_is_no_promise_kept():
    found = read(*HEAD, b"@@ -1,3 +1,1 @@", b" a", b"-- ", *NEXT[1:])
    assert found.files[0].hunks[0].lines == (b" a",)
    assert [file.path for file in found.files] == ["x.c", "y.c"]


@pytest.mark.parametrize("after", [NEXT, NEXT[1:], (b"index 1234567..89abcde", *NEXT[1:])])
def test_the_next_file_is_never_part_of_a_hunk(after):
    short = read(*HEAD, b"@@ -1,5 +1,5 @@", b" a", *NEXT)
    whole = read(*HEAD, b"@@ -1 +1 @@", b" a", *after)
    for found in (short, whole):
        assert [file.path for file in found.files] == ["x.c", "y.c"]
        assert found.files[0].hunks[0].lines == (b" a",)


def test_an_index_line_ends_a_hunk_that_lacks_lines():
    found = read(*HEAD, b"@@ -1,3 +1,3 @@", b" a", b"index 1234567..89abcde 100644", *NEXT[1:])
    assert [flaw.kind for flaw in found.flaws] == ["counts"]
    assert found.files[0].hunks[0].lines == (b" a",)


def test_a_hunk_that_is_longer_than_its_header_says_keeps_its_lines():
    hunk = only_hunk(b"@@ -1 +1 @@", b"-a", b"+b", b"+c", b" d", b"", b"no more")
    assert hunk.lines == (b"-a", b"+b", b"+c", b" d")


def test_a_hunk_ends_at_the_next():
    first, second = read(*HEAD, b"@@ -1,3 +1,3 @@", b" a", b"@@ -9 +9 @@", b"-b",
                         b"+c").files[0].hunks
    assert (first.lines, second.lines) == ((b" a",), (b"-b", b"+c"))


@pytest.mark.parametrize(("lines", "names"), [
    (HEAD, [("x.c", "x.c")]),
    (HEAD[1:], [("x.c", "x.c")]),
    ((b"--- /dev/null", b"+++ b/x.c", b"@@ -0,0 +1 @@", b"+a"), [("", "x.c")]),
    ((b"--- a/x.c", b"+++ /dev/null"), [("x.c", "")]),
    ((b"diff --git a/e b/e", b"new file mode 100644"), [("", "e")]),
    ((b"diff --git a/e b/e", b"deleted file mode 100644"), [("e", "")]),
    ((b"diff --git a/o b/n", b"rename from o", b"rename to n"), [("o", "n")]),
    ((b"--- a/x\t2026-01-01", b"+++ b/x\t2026-01-02"), [("x", "x")]),
    ((*HEAD, b"@@ -1 +1 @@", b"-a", b"+b", *NEXT[1:]), [("x.c", "x.c"), ("y.c", "y.c")]),
    ((*HEAD, *NEXT[1:]), [("x.c", "x.c"), ("y.c", "y.c")]),
    ((b"--- no file", b"at all"), []),
    ((*HEAD, b"@@ -1 +1 @@", b"-a", b"+b", b"", b"--- "), [("x.c", "x.c")]),
])
def test_the_paths_of_files(lines, names):
    assert paths(*lines) == names


@pytest.mark.parametrize("line", [
    b"index 1234567..89abcde 100644", b"old mode 100644", b"new mode 100755",
    b"similarity index 90%", b"copy from x", b"GIT binary patch",
    b"Binary files a/x and b/x differ"])
def test_extended_headers_belong_to_their_file(line):
    assert read(b"diff --git a/x b/x", line, b"something else").files[0].header == (
        b"diff --git a/x b/x", line)


def test_the_path_of_a_file_that_goes_is_the_old_one():
    gone, moved = read(b"--- a/x.c", b"+++ /dev/null", b"@@ -1 +0,0 @@", b"-a",
                       b"diff --git a/o b/n", b"rename from o").files
    assert (gone.path, moved.path) == ("x.c", "n")


@pytest.mark.parametrize(("line", "blob"), [
    (b"index 1234567..89abcde 100644", "1234567"), (b"index 1234567..89abcde", "1234567"),
    (b"index 12..34", ""), (b"similarity index 90%", "")])
def test_the_blob_before(line, blob):
    assert read(b"diff --git a/x b/x", line).files[0].blobs[0] == blob


@pytest.mark.parametrize(("raw", "path"), [
    (b"a/x.c", "a/x.c"), (b"a/x.c\tThu Jan 1", "a/x.c"), (b"a/x.c\r", "a/x.c"),
    (b'"a/\\303\\274"', "a/ü"), (b'"a\\tb\\n\\r\\a\\b\\v\\f"', "a\tb\n\r\a\b\v\f"),
    (b'"a\\"b\\\\c"', 'a"b\\c'), (b'"', '"'), (b'"open', '"open'), (b"a\\tb", "a\\tb"),
    (b"a/\xff", "a/\udcff")])
def test_quotes_of_git_are_undone(raw, path):
    assert unquote(raw) == path


@pytest.mark.parametrize(("name", "path"), [
    ("a/x.c", "x.c"), ("new/dir/x.c", "dir/x.c"), ("a//x.c", "x.c"), ("x.c", "x.c"),
    ("dir/", "dir/")])
def test_the_first_folder_is_dropped_whatever_it_is_called(name, path):
    assert without_prefix(name) == path


@pytest.mark.parametrize(("line", "names"), [
    (b"diff --git a/x.c b/x.c\r", ("x.c", "x.c")),
    (b"diff --git a/o.c b/n/n.c", ("o.c", "n/n.c")),
    (b"diff --git a/a b.c b/a b.c", ("a b.c", "a b.c")),
    (b'diff --git "a/\\303\\274" "b/\\303\\274"', ("ü", "ü")),
    (b'diff --git "a/x \\"y" b/z', ('x "y', "z")),
    (b"diff --git a/o o.c b/new n.c", ("o o.c", "new n.c")),
    (b"diff --git a/x b/y b/x b/y", ("x b/y", "x b/y")),
])
def test_the_names_of_a_git_header(line, names):
    assert names_of(line) == names


BODY = st.lists(st.sampled_from([b" a", b"-b", b"+c", b" ", b"+-- ", b"-@@ x"]), min_size=1)


@given(BODY, BODY)
def test_what_is_written_with_right_counts_reads_the_same(one, two):
    wrong = read(*HEAD, b"@@ -1,1 +1,1 @@ f", *one, b"@@ -90,1 +90,1 @@", *two).files[0]
    again = read(*unified(wrong))
    assert again.flaws == ()
    assert [h.lines for h in again.files[0].hunks] == [tuple(one), tuple(two)]
    assert again.files[0].header == HEAD


@pytest.mark.parametrize("blank", [b"\xc2\xa0", b"\xa0"])
def test_a_no_break_space_in_the_place_of_a_blank_is_named_and_read_as_one(blank):
    found = scan(b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n" + blank + b"one\n-two\n+2\n" + blank
                 + b"three\n")
    assert [f.kind for f in found.flaws] == ["blank", "blank"]
    assert "no-break space (U+00A0)" in found.flaws[0].message
    assert found.files[0].hunks[0].before == (b"one", b"two", b"three")


@pytest.mark.parametrize(("tail", "flawed"), [
    (b"\n c\n+lost\n", True), (b"\n\n-lost\n", True), (b"\n+lost\n-- \n2.39\n", True),
    (b"\n-- \n+ a list's footer\n", False), (b"\nBest regards\n- A\n", False), (b"\n c\n", False),
    (b"-- \n2.39.5\n\n", False)])
def test_what_git_would_drop_behind_a_hunk_is_a_flaw(tail, flawed):
    diff = b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n" + tail
    assert [f.message for f in scan(diff).flaws] == [hunks.BEHIND] * flawed
