# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines of a file are code, and which a preprocessor left in."""

from harness.csource import lines

TEXT = """/* A comment
 * of two lines */
#include <a.h>
#include "b.h"

#ifdef CONFIG_A
int a; // on
#else
#include "c.h"
char *s = "/* no comment */";
#endif
#define X \\
	1
"""


def test_code_is_what_is_no_comment_blank_or_condition():
    assert lines.code(TEXT) == {3, 4, 7, 9, 10, 12, 13}
    assert lines.code("") == lines.code("/* open\nint a;\n") == frozenset()


def test_lines_that_a_preprocessor_printed_by_file():
    output = (b'# 0 "/src/a.c"\n# 0 "<built-in>"\n#define __X 1\n# 1 "/src/a.c"\nint a;\n\nint c;\n'
              b'# 1 "/src/b.h" 1\nint h;\n# 5 "/src/a.c" 2\nint e;\n')
    assert lines.left_in(output, {b"/src/a.c": "a.c"}) == {"a.c": {1, 3, 5}}
    assert lines.left_in(output, {b"/src/a.c": "a.c", b"/src/b.h": "b.h"})["b.h"] == {1}


def test_a_file_that_was_not_read_has_no_answer():
    assert lines.left_in(b"", {b"a": "a"}) == {}
    assert lines.left_in(b'# x "a"\n# 1 a\nint a;\n', {b"a": "a"}) == {}


def test_an_include_stands_with_the_lines_of_its_branch():
    assert lines.with_includes(TEXT, {1, 2, 7}) == {1, 2, 3, 4, 7}
    assert lines.with_includes(TEXT, {10}) == {9, 10}
    assert lines.with_includes(TEXT, ()) == frozenset()
    assert lines.with_includes("", {5}) == {5}, "a file that is shorter than it was"


def test_a_definition_of_several_lines_is_printed_on_its_first():
    text = "#define X(x) \\\n (x + \\\n  1)\nint b;\n#define Y \\"
    assert lines.with_includes(text, {1}) == {1, 2, 3}
    assert lines.with_includes(text, {4, 5}) == {4, 5}
    assert lines.with_includes(text, ()) == frozenset()
