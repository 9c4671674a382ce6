# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches for the byte order of other machines."""

import pytest

from harness.uapi import endian

BRANCH = """struct s {
#if defined(__LITTLE_ENDIAN_BITFIELD)
	__u8 a:4, b:4;
#elif defined(__BIG_ENDIAN_BITFIELD)
	__u8 b:4, a:4;
#else
#error
#endif
	__u32 c;
};
"""


@pytest.mark.parametrize("text", [
    BRANCH, "#ifdef __BIG_ENDIAN\n#define X 1\n#endif\n", "#if __BYTE_ORDER == 1\nx\n#endif\n",
    "#if A\n#ifdef __LITTLE_ENDIAN\nx\n#endif\n#endif\n",
    "#if A\n#elif __BYTE_ORDER__ == 2\nx\n#endif\n",
])
def test_branches_are_found(text):
    assert endian.branches(text)


@pytest.mark.parametrize("text", [
    "", "struct s;\n", "#ifdef A\nx\n#endif\n", "#endif\n#else\n#elif __BIG_ENDIAN\n",
    "/* __BIG_ENDIAN */\n", "__le32 x;\n"])
def test_other_conditions_are_none(text):
    assert endian.branches(text) == ()


@pytest.mark.parametrize(("old", "new", "does"), [
    (BRANCH, BRANCH, False), (BRANCH, BRANCH.replace("__u32 c", "__u64 c"), False),
    (BRANCH, BRANCH.replace("b:4, a:4", "a:4, b:4"), True),
    (BRANCH, BRANCH.replace("\t__u8 b:4", "  __u8 b:4"), False), ("", BRANCH, True),
    (BRANCH, "", True),
])
def test_a_header_counts_where_its_branch_changed(old, new, does):
    found = endian.changed({"a.h": old}, {"a.h": new}, {"a.h": "include/uapi/a.h"})
    assert found == ({"a.h": "include/uapi/a.h"} if does else {})


def test_without_a_compiler_it_is_not_compared_and_said(installed):
    installed("s390x-linux-gnu-gcc")
    assert endian.not_compared({"a.h": "p"}) == ()


def test_what_to_install_is_said(installed):
    installed("gcc")
    (row,) = endian.not_compared({"a.h": "p"})
    assert (row.header, row.path, row.abi) == ("a.h", "p", "s390x")
    assert "big endian" in row.problem
    assert row.hint == "apt-get install gcc-s390x-linux-gnu libc6-dev-s390x-cross"
    assert endian.not_compared({}) == ()
