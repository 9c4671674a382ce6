# SPDX-License-Identifier: GPL-2.0-or-later
"""A header before and after those of the C library, with a compiler in memory."""

import pytest

from harness.arch import NATIVE
from harness.uapi import environments
from harness.uapi.batch import Said
from harness.uapi.context import HeaderContext

X = "linux/x.h"
HERE = HeaderContext("include/uapi/linux/x.h", "x86-64")
ZONE = "struct zone { u32 pad; };\n"


@pytest.fixture
def clashes(both, gcc):
    """``beside(source)`` says of a source whether the new header clashes there."""
    def ask(beside, old_too=lambda _: False):
        pair = both({X: ZONE}, {X: f"{ZONE}#define NEW 1\n"}).pair(NATIVE[0])
        run = gcc.run

        def refuses(compiler, source, *extra, keep=None):
            done = run(compiler, source, *extra, keep=keep)
            wrong = beside if compiler.headers == pair[1].headers else old_too
            return type(done)(ok=False, said=(gcc.said("fcntl.h", 3, "redefinition"),), output=""
                              ) if wrong(source) else done
        gcc.run = refuses
        return environments.clashes(X, pair, HERE)
    return ask


def test_nothing_new_is_no_finding(clashes):
    assert clashes(lambda _: False) == []


def test_the_c_librarys_headers_come_before_and_after(clashes, gcc):
    clashes(lambda _: False)
    asked = {s for _, s, _ in gcc.calls}
    assert len(asked) == 2
    assert {s.index("<errno.h>") < s.index(f"<{X}>") for s in asked} == {True, False}
    assert {flags for _, _, flags in gcc.calls} == {("-fsyntax-only",)}


def test_the_header_that_it_clashes_with_is_named(clashes):
    found = clashes(lambda source: "<fcntl.h>" in source)
    assert [f.message for f in found] == [
        f"{X} does not compile after <fcntl.h>: redefinition",
        f"{X} does not compile before <fcntl.h>: redefinition"]
    assert found[0].where.line == 0, "the error stands in another header"
    assert "gcc -m64 -std=gnu11" in found[0].evidence


def test_one_order_alone_can_clash(clashes):
    (found,) = clashes(lambda source: "<sched.h>" in source
                       and source.index("<sched.h>") < source.index(X))
    assert "after <sched.h>" in found.message


def test_where_no_one_header_is_to_blame_none_is_named(clashes):
    (found,) = clashes(lambda s: "<errno.h>" in s and "<elf.h>" in s and s.index(X) < 40)
    assert "before the headers of the C library" in found.message


@pytest.mark.parametrize(("old_too", "messages"), [
    (False, ["BUFSIZ redefined after the headers of the C library, which have it too"]),
    (True, [])])
def test_a_macro_of_the_c_library_that_is_defined_again(both, gcc, old_too, messages):
    pair = both({X: ZONE}, {X: f"{ZONE}#define BUFSIZ 1\n"}).pair(NATIVE[0])
    run = gcc.run

    def warns(compiler, source, *extra, keep=None):
        done = run(compiler, source, *extra, keep=keep)
        mine = old_too or compiler.headers == pair[1].headers
        return type(done)(ok=True, output="", said=(
            Said("x.h", 2, "warning", '"BUFSIZ" redefined'),
            Said("stdio.h", 9, "warning", '"THEIRS" redefined')) if mine else ())
    gcc.run = warns
    found = environments.clashes(X, pair, HERE)
    assert [f.message for f in found] == messages
    assert all((f.where.line, f.severity.value) == (2, "warning") for f in found)


def test_what_clashed_before_is_nobodys_fault(clashes):
    def beside(source):
        return "<fcntl.h>" in source
    assert clashes(beside, beside) == []


def test_c_plus_plus_is_asked_where_it_is(clashes, gcc, installed):
    installed("g++")
    clashes(lambda _: False)
    assert {c.program for c, _, _ in gcc.calls} == {"gcc", "g++"}


def test_a_new_header_that_does_not_go_with_the_c_library(both, gcc):
    pair = both({}, {X: ZONE}).pair(NATIVE[0])
    run = gcc.run
    assert environments.new(X, pair[1], HERE) == []

    def refuses(compiler, source, *extra, keep=None):
        done = run(compiler, source, *extra, keep=keep)
        return type(done)(ok=False, said=(gcc.said("time.h", 3, "redefinition"),), output=""
                          ) if "<time.h>" in source else done
    gcc.run = refuses
    found = environments.new(X, pair[1], HERE)
    assert [f.message.partition(":")[0] for f in found] == [
        f"{X} does not compile after <time.h>", f"{X} does not compile before <time.h>"]


def test_where_the_dialect_alone_fails_the_c_library_is_not_blamed(clashes, both, gcc):
    pair = both({X: ZONE}, {X: f"{ZONE}#error_with -std=gnu11 no\n"}).pair(NATIVE[0])
    assert environments.clashes(X, pair, HERE) == []
