# SPDX-License-Identifier: GPL-2.0-or-later
"""What a header promises by the way it is written."""

import pytest

from harness.arch import NATIVE
from harness.model import HeaderApi
from harness.uapi import dialects, lasting
from harness.uapi.context import HeaderContext
from harness.uapi.headers import overridable

HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
OWN = "#ifndef X_SIZE\n#define X_SIZE 64\n#endif\n"


@pytest.mark.parametrize(("text", "names"), [
    (OWN, {"X_SIZE"}), ("# ifndef A\n#  define A (1)\n", {"A"}),
    ("#ifndef _H\n#define _H\n", set()),
    ("#ifndef A\n#define B 1\n", set()), ("/*\n#ifndef A\n#define A 1\n*/", set()),
    ("#ifndef A\n#define A \\\n 1\n", set())])
def test_what_programs_may_define_themselves(text, names):
    assert overridable(text) == names


@pytest.mark.parametrize(("after", "there", "found"), [
    (OWN, True, []), ("#define X_SIZE 64\n", True, ["X_SIZE"]), ("", False, []),
    (f"{OWN}#define Y 1\n", True, [])])
def test_a_macro_that_is_theirs_no_more(after, there, found):
    new = HeaderApi(macros=frozenset({"X_SIZE"} if there else ()), bodies={"X_SIZE": "64"})
    rows = list(lasting.compare((OWN, after), new, HERE))
    assert [f.message.partition(":")[0] for f in rows] == found
    assert {f.rule for f in rows} <= {"uapi-source"}


def test_a_new_macro_that_needs_what_userspace_has_not(both, monkeypatch):
    monkeypatch.setattr(dialects, "there", list)
    asked = []

    def tried(names, _new, _header, _compiler):
        asked.extend(names)
        return {"A": "'BIT' was not declared in this scope", "B": "expected expression"}
        yield
    monkeypatch.setattr(lasting, "_tried", tried)
    names = {"A": "BIT(2)", "_A": "BIT(3)", "B": "do", "C": "1", "E": "", "OLD": "x"}
    new = HeaderApi(macros=frozenset(names), bodies=names, numbers={"C": 1},
                    lines=dict.fromkeys(names, 3))
    pair = both({"linux/x.h": ""}, {"linux/x.h": ""}).pair(NATIVE[0])
    old = HeaderApi(macros=frozenset({"OLD"}))
    (found,) = lasting.unusable((old, new), "linux/x.h", pair[1], HERE, lambda _: False)
    assert lasting.unusable((old, new), "linux/x.h", pair[1], HERE, "BIT".__eq__) == []
    assert sorted(set(asked)) == ["A", "B"]
    assert found.message == ("A: new, and no program can use it: 'BIT' was not declared in this "
                             "scope")
    assert lasting.unusable((new, new), "linux/x.h", pair[1], HERE, "".__eq__) == []
