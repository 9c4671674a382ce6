# SPDX-License-Identifier: GPL-2.0-or-later
"""New names that others have too, with a compiler in memory."""

from dataclasses import replace

import pytest

from harness.arch import NATIVE
from harness.uapi import strangers
from harness.uapi.context import HeaderContext
from tests.make import api

X = "linux/x.h"
HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
OTHERS = {"linux/kvm.h": "struct e {\n\tu32 gsi;\n\tu32 pad;\n};\n",
          "linux/args.h": "static __inline__ int f(int level, int *kind) { return level; }\n",
          "linux/said.h": "/* pad; kind */\n#define PAD pad\nint x[pad_size];\n",
          "linux/mine.h": "#include <linux/x.h>\nstruct m { u32 pad; };\n",
          "linux/same.h": "#define X_NEW 3\n"}


@pytest.fixture
def compare(both, monkeypatch):
    monkeypatch.setattr(strangers, "hosts", lambda: OTHERS)

    def ask(macros=(), enums=(), old=()):
        made = both({X: "#define OLD 1\n", **OTHERS}, {X: "#define NEW 1\n", **OTHERS})
        one = replace(api(macros=old), bodies=dict.fromkeys(old, "1"))
        two = replace(api(macros=[*old, *macros]), bodies=dict.fromkeys([*old, *macros], "1"),
                      enums=dict.fromkeys(enums, 1), lines=dict.fromkeys([*old, *macros], 3))
        return [(f.severity.value, f.message, f.evidence) for f in strangers.compare(
            (one, two), X, made.pair(NATIVE[0]), made, HERE)]
    return ask


def test_a_macro_that_is_a_field_elsewhere(compare):
    ((severity, message, evidence),) = compare(["pad"])
    assert severity == "warning"
    assert message.startswith("pad is a macro now, and replaces the word in linux/kvm.h:")
    assert "linux/kvm.h:3: u32 pad;" in evidence
    assert "#define pad 1" in evidence


@pytest.mark.parametrize("name", ["level", "kind", "gsi"])
def test_parameters_and_fields_count(compare, name):
    assert len(compare([name])) == 1


@pytest.mark.parametrize("name", ["PAD", "u32", "f", "said", "pad_size"])
def test_what_nobody_declares_does_not(compare, name):
    assert compare([name]) == []


def test_only_new_macros_count(compare):
    assert compare(old=["pad"]) == []
    assert compare() == []


def test_a_header_that_includes_this_one_has_always_seen_it(compare, monkeypatch):
    monkeypatch.setitem(OTHERS, "linux/kvm.h", "")
    assert compare(["pad"]) == []


def test_a_name_that_both_define_is_tried_in_both_orders(compare, gcc):
    run = gcc.run

    def redefines(compiler, source, *extra, keep=None):
        done = run(compiler, source, *extra, keep=keep)
        if "linux/same.h" not in source or "before" in str(compiler.headers):
            return done
        return type(done)(ok=True, said=(replace(
            gcc.said("same.h", 1, '"X_NEW" redefined'), grade="warning"),), output="")
    gcc.run = redefines
    ((severity, message, _),) = compare(["X_NEW"])
    assert severity == "warning"
    assert message == f'{X} does not go together with <linux/same.h>: "X_NEW" redefined'
    sources = [s for _, s, _ in gcc.calls if "linux/same.h" in s]
    assert {s.index(X) < s.index("linux/same.h") for s in sources} == {True, False}


def test_an_enum_constant_that_is_a_macro_elsewhere_no_longer_compiles(compare, gcc):
    run = gcc.run

    def refuses(compiler, source, *extra, keep=None):
        done = run(compiler, source, *extra, keep=keep)
        wrong = "linux/same.h" in source and "after" in str(compiler.headers)
        return type(done)(ok=False, said=(gcc.said("x.h", 4, "expected identifier"),),
                          output="") if wrong else done
    gcc.run = refuses
    ((severity, message, _),) = compare(enums=["X_NEW"])
    assert severity == "error"
    assert "does not compile together with <linux/same.h>: expected identifier" in message


def test_names_are_looked_up_as_words(compare):
    assert [m.partition(" ")[0] for _, m, _ in compare(["pad", "nobody", "kind"])] == [
        "kind", "pad"]


@pytest.mark.parametrize(("text", "does"), [
    ("struct thing {\n};", True), ("enum thing {", True), ("typedef u32 thing;", True),
    ("typedef struct { u32 a; } thing;", True), ("struct thing *p;", False),
    ("static __inline__ int thing(void) { }", True), ("int thing(void);", False),
    ("/* struct thing { */", False),
])
def test_what_makes_a_type_or_a_function(text, does):
    assert strangers._makes(text, "thing") == does


def test_all_names_of_a_new_header_are_new(both, gcc, monkeypatch):
    monkeypatch.setattr(strangers, "hosts", lambda: OTHERS)
    offer = replace(api(macros=["pad"]), bodies={"pad": "1"}, lines={"pad": 2})
    made = both(OTHERS, {**OTHERS, X: "#define pad 1\n"})
    (found,) = strangers.new(X, offer, made, HERE)
    assert found.message.startswith("pad is a macro now")
    assert strangers.new(X, replace(api(), problem="no"), made, HERE) == []
