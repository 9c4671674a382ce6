# SPDX-License-Identifier: GPL-2.0-or-later
"""Who includes a header."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cover import headers
from harness.cover.headers import carriers, includes, sources, users


@pytest.mark.parametrize(("path", "text", "header"), [
    ("fs/a.c", "#include <linux/x.h>\n", "include/linux/x.h"),
    ("fs/a.c", "#include <linux/x.h>", "include/uapi/linux/x.h"),
    ("fs/a.c", "#include <asm/x.h>", "arch/x86/include/asm/x.h"),
    ("fs/a.c", "#include <asm/x.h>", "arch/x86/include/generated/asm/x.h"),
    ("fs/a.c", "#include <uapi/linux/x.h>", "include/uapi/linux/x.h"),
    ("fs/a.c", '#include "linux/x.h"', "include/linux/x.h"),
    ("fs/a.c", '#include "x.h"', "fs/x.h"),
    ("fs/sub/a.c", '#include "../x.h"', "fs/x.h"),
    ("fs/a.c", '#include "sub/./x.h"', "fs/sub/x.h"),
    ("a.c", '#include "x.h"', "x.h"),
    ("fs/a.c", 'int a;\n\t#\tinclude\t"x.h" // so\nint b;', "fs/x.h"),
    ("fs/a.c", "#include<linux/x.h>", "include/linux/x.h"),
    ("fs/a.c", "#ifdef X\n# include <linux/x.h>\n#endif", "include/linux/x.h"),
])
def test_a_file_that_includes_a_header(path, text, header):
    assert includes(path, text, header)


@pytest.mark.parametrize(("path", "text", "header"), [
    ("fs/a.c", "", "include/linux/x.h"),
    ("fs/a.c", "#include <linux/xx.h>", "include/linux/x.h"),
    ("fs/a.c", "#include <x.h>", "include/linux/x.h"),
    ("fs/a.c", "#include <x.h>", "fs/x.h"),
    ("fs/a.c", '#include "x.h"', "mm/x.h"),
    ("fs/a.c", '#include "x.h"', "fs/sub/x.h"),
    ("fs/a.c", "// #include <linux/x.h>", "include/linux/x.h"),
    ("fs/a.c", '"#include <linux/x.h>"', "include/linux/x.h"),
    ("fs/a.c", "#include <linux/\nx.h>", "include/linux/x.h"),
    ("fs/a.c", "#define X <linux/x.h>", "include/linux/x.h"),
    ("fs/a.c", "#include X", "include/linux/x.h"),
    ("fs/a.c", "#include <linux/x.h>", "include/other/linux/x.h"),
])
def test_a_file_that_does_not(path, text, header):
    assert not includes(path, text, header)


def of(tree, *wanted, srcarch="x86"):
    """The users of headers in a tree; ``of.asked`` has the words that were looked for."""
    def naming(words):
        of.asked.append(words)
        return {word: [p for p, text in tree.items() if re.search(rf"\b{re.escape(word)}\b", text)]
                for word in words}
    of.asked = []
    return users(wanted, tree.get, naming, srcarch)


def test_sources_come_the_nearest_first():
    text = "#include <linux/x.h>\n"
    tree = {"mm/b.c": text, "mm/deep/c.c": text, "include/linux/a.c": text, "fs/a.c": text,
            "fs/a.S": text, "mm/none.c": "x.h\n"}
    assert of(tree, "include/linux/x.h") == {"include/linux/x.h": (
        "include/linux/a.c", "fs/a.S", "fs/a.c", "mm/b.c", "mm/deep/c.c")}


def test_headers_lead_on_where_no_source_includes_it_by_itself():
    tree = {"fs/x.h": "", "fs/y.h": '#include "x.h"', "fs/z.h": '#include "y.h"',
            "fs/a.c": '#include "z.h"'}
    assert of(tree, "fs/x.h", "fs/z.h") == {"fs/x.h": ("fs/a.c",), "fs/z.h": ("fs/a.c",)}
    assert of.asked == [{"x.h", "z.h"}, {"y.h"}, {"z.h"}]
    tree["fs/b.c"] = '#include "x.h"'
    assert of(tree, "fs/x.h") == {"fs/x.h": ("fs/b.c",)}
    assert of.asked == [{"x.h"}], "a source is enough"


def test_headers_of_headers_are_not_followed_for_long():
    tree = {f"fs/h{n}.h": f'#include "h{n - 1}.h"' for n in range(9)}
    last = headers.LEVELS - 1
    tree["fs/a.c"] = f'#include "h{last}.h"'
    assert of(tree, "fs/h0.h") == {"fs/h0.h": ("fs/a.c",)}
    tree["fs/a.c"] = f'#include "h{last + 1}.h"'
    assert of(tree, "fs/h0.h") == {"fs/h0.h": ()}
    assert len(of.asked) == headers.LEVELS


def test_headers_that_include_one_another_end():
    tree = {"fs/x.h": '#include "y.h"', "fs/y.h": '#include "x.h"', "fs/s.h": '#include "s.h"'}
    assert of(tree, "fs/x.h", "fs/s.h") == {"fs/x.h": (), "fs/s.h": ()}


def test_few_headers_are_followed_at_a_time(monkeypatch):
    monkeypatch.setattr(headers, "MOST_HEADERS", 2)
    tree = {f"fs/h{n}.h": '#include "x.h"' for n in range(9)}
    tree |= {"fs/a.c": '#include "h1.h"', "fs/b.c": '#include "h2.h"'}
    assert of(tree, "fs/x.h") == {"fs/x.h": ("fs/a.c",)}
    assert of.asked == [{"x.h"}, {"h0.h", "h1.h"}]


@pytest.mark.parametrize(("path", "counts"), [
    ("arch/x86/kvm/a.c", True), ("arch/arm/a.c", False), ("arch/x86_64/a.c", False),
    ("tools/lib/a.c", False), ("samples/a.c", False), ("scripts/a.c", False), ("usr/a.c", False),
    ("drivers/tools/a.c", True)])
def test_what_this_architecture_does_not_build_does_not_count(path, counts):
    tree = {path: "#include <linux/x.h>"}
    assert of(tree, "include/linux/x.h") == {"include/linux/x.h": (path,) if counts else ()}


def test_nobody_is_asked_about_nothing():
    assert of({}) == {}
    assert of.asked == []
    assert of({}, "fs/x.h") == {"fs/x.h": ()}
    assert users(["fs/x.h"], lambda _: None, lambda _: {"x.h": ["fs/a.c"]}, "x86") == {
        "fs/x.h": ()}, "a file that is named and cannot be read"


def test_the_sources_of_objects_come_the_nearest_first():
    objects = ["mm/b.o", "fs/x/y.o", "fs/a.o", "vmlinux", "fs/x/a.o"]
    assert sources("fs/x/h.h", objects) == ("fs/x/a.c", "fs/x/y.c", "fs/a.c", "mm/b.c")
    assert sources("h.h", []) == ()


@given(st.text(alphabet='#include <>"/.xh\n\t', max_size=60))
def test_any_text_is_read(text):
    assert includes("fs/a.c", text + "\n#include <linux/x.h>\n", "include/linux/x.h")


def test_the_headers_that_carry_a_header_are_those_that_name_it_themselves():
    tree = {"include/linux/a.h": "#include <linux/x.h>\n", "include/linux/far.h":
            "#include <linux/a.h> /* x.h */\n", "fs/a.c": "#include <linux/x.h>\n",
            "arch/arm64/include/asm/x.h": "#include <linux/x.h>\n"}

    def naming(words):
        return {word: [p for p, text in tree.items() if word in text] for word in words}
    assert carriers("include/linux/x.h", tree.get, naming, "x86") == ("include/linux/a.h",)
