# SPDX-License-Identifier: GPL-2.0-or-later
"""C as tree-sitter reads it, whether it compiles or not."""

import pytest

from harness import csource

SOURCE = b"""static int one(int a) { return a; }
int *two(void)
{
	return 0; /* never */
}
int declared(void);
#ifdef X
int one(long b) { return 1; }
#endif
"""


def test_functions_by_name():
    found = csource.functions(csource.parse(SOURCE))
    assert set(found) == {"one", "two"}
    assert csource.text_of(found["one"]) == b"static int one(int a) { return a; }", "the first"


@pytest.mark.parametrize(("lines", "names"), [
    ([1], {1: "one"}), ([2], {2: "two"}), ([4, 5], {4: "two", 5: "two"}),
    ([1, 3], {1: "one", 3: "two"}), ([6, 7], {}), ([], {}), ([999], {})])
def test_functions_around_lines(lines, names):
    assert csource.around(csource.parse(SOURCE), lines) == names


def test_what_does_not_compile_has_functions_too():
    root = csource.parse(b"int f(void) { return ; }\n)( int g(void) { if (x { }\n")
    assert "f" in csource.functions(root)
    assert csource.functions(csource.parse(b"\xff\xfe {")) == {}


def test_nodes_come_in_the_order_of_the_source():
    found = list(csource.nodes(csource.parse(b"int a; int b;")))
    assert found[0].type == "translation_unit"
    names = [csource.text_of(node) for node in found if node.type == "identifier"]
    assert names == [b"a", b"b"]
    starts = [node.start_byte for node in found]
    assert starts == sorted(starts)


def test_no_node_has_no_text():
    assert csource.text_of(None) == b""
    assert csource.flat(None) == ""


@pytest.mark.parametrize(("text", "flat"), [
    (b"int  a;", "int a;"), (b"int\n\ta;", "int a;"), (b"int /* x */ a;", "int a;"),
    (b"int/* x */a; // y\nint b;", "int a; int b;"), (b'char *s = "/* no */";',
                                                      'char *s = "/* no */";'),
    (b"/* x */ int \xff;", "int \ufffd;"), (b"int a; /* x */ /* y */ int b;", "int a; int b;")])
def test_source_on_one_line_without_comments(text, flat):
    assert csource.flat(csource.parse(text)) == flat


def test_a_node_inside_of_a_file_on_one_line():
    root = csource.parse(SOURCE)
    assert csource.flat(csource.functions(root)["two"]) == "int *two(void) { return 0; }"


@pytest.mark.parametrize(("text", "name"), [
    ("int one(void) { return 1; }", "one"), ("static char *two(int x) { return 0; }", "two"),
    ("void (*three(int x))(void) { return 0; }", "three")])
def test_a_function_has_the_name_that_it_is_called_by(text, name):
    assert list(csource.functions(csource.parse(text.encode()))) == [name]


def test_lines_on_which_a_statement_begins_that_computes_anything():
    text = b"""int a = 1;
int f(int x,
      int y)
{
	int b;
	int c = x;
	if (x &&
	    y)
		return b +
			c;
	else
		goto out;
	for (;;) {
		g(x,
		  y);
	}
out:
	switch (x) {
	case 1:
		break;
	}
}
"""
    assert csource.statements(csource.parse(text)) == {6, 7, 9, 13, 14, 18}
    assert csource.statements(csource.parse(b"} if (")) == frozenset()


def test_a_statement_that_nothing_cuts_short_is_one():
    text = b"""int f(int a)
{
\tret = reg(kvm, 1,
\t\t  zone->pio ? X : Y,
\t\t  &dev);
\tx = a &&
\t    b();
\ty = a ? b() :
\t    c();
\tint z = g(1,
\t\t  2);
\tif (h(1,
\t      2))
\t\treturn k(a,
\t\t\t 3);
\treturn ({ a;
\t\t  b; });
}
"""
    assert csource.parts(csource.parse(text)) == {4: 3, 5: 3, 11: 10, 15: 14}
