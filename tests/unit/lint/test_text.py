# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.lint import lint
from harness.lint.text import RULES
from harness.model import PatchFile
from tests import make


def file(*lines, path="a.c", new=False):
    rows = tuple((7 + n, text) for n, text in enumerate(lines))
    return PatchFile(path, path, len(rows), 0, new=new, added_lines=rows)


def found(*files, diff=make.DIFF):
    series = make.series(make.patch(files=files, diff=diff))
    return [(f.rule, str(f.where), f.evidence) for f in lint(series, RULES)]


def test_a_bidirectional_character_is_named_with_its_column_and_shown():
    (one,) = lint(make.series(make.patch(files=(file("int a;", "a = \u202eb;"),))), RULES)
    assert (one.rule, str(one.where), one.evidence) == ("bidi", "a.c:8", "a = \\u202eb;")
    assert "column 5" in one.message


@pytest.mark.parametrize("lines", [
    ["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> theirs"],
    ["<<<<<<< HEAD", "||||||| base", "=======", ">>>>>>> theirs"],
])
def test_conflict_markers_are_named_line_by_line(lines):
    markers = [(n, t) for n, t in enumerate(lines) if len(t) > 1]
    assert found(file(*lines)) == [("conflict-marker", f"a.c:{7 + n}", t) for n, t in markers]


@pytest.mark.parametrize("lines", [
    ["Title", "======="], ["||||||| base"], ["<<<<<<<", ">>>>>>>"], ["a <<<<<<< HEAD"],
    ["<<<<<<<< HEAD"]])
def test_a_ruled_line_is_no_conflict(lines):
    assert found(file(*lines)) == []


def test_a_conflict_in_one_file_makes_no_marker_in_another():
    assert found(file(">>>>>>> x"), file("=======", path="b.rst")) == [
        ("conflict-marker", "a.c:7", ">>>>>>> x")]


@pytest.mark.parametrize(("text", "bad"), [
    ("int a; ", True), ("int a;\t", True), ("\t", True), ("int a;", False), ("", False),
    ("\tint a;", False)])
def test_blanks_at_the_end_of_a_line_are_named(text, bad):
    assert found(file(text)) == ([("trailing-whitespace", "a.c:7", text)] if bad else [])


SPDX = "// SPDX-License-Identifier: GPL-2.0"


@pytest.mark.parametrize(("path", "lines", "bad"), [
    ("n.c", ["int a;"], True), ("n.h", ["int a;"], True), ("n.S", ["nop"], True),
    ("n.py", ["a"], True), ("n.sh", ["a"], True), ("n.rst", ["a"], False),
    ("n.txt", ["a"], False),
    ("n.c", [SPDX], False), ("n.py", ["#!/x", "", SPDX], False),
    ("n.c", ["", "", "", SPDX], True), ("n.c", [], False)])
def test_a_new_source_file_says_its_licence_at_its_top(path, lines, bad):
    assert found(file(*lines, path=path, new=True)) == ([("licence", f"{path}:1", "")]
                                                        if bad else [])


def test_an_old_file_and_a_link_need_no_licence():
    assert found(file("int a;")) == []
    link = b"diff --git a/n.c b/n.c\nnew file mode 120000\n--- /dev/null\n+++ b/n.c\n"
    assert found(file("../a.c", path="n.c", new=True), diff=link) == []
