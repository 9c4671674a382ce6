# SPDX-License-Identifier: GPL-2.0-or-later
"""A header before and after those of the C library, with a compiler in memory."""

import pytest

from harness.arch import NATIVE
from harness.model import Difference
from harness.uapi import batch, environments
from harness.uapi.batch import CompileResult, Said
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


@pytest.fixture
def may_clash(monkeypatch, both):
    """Whether a header that becomes ``new`` may meet the library; keywords change what differs."""
    theirs = environments.Library(frozenset({"BUFSIZ", "_NETINET_IN_H", "st_atime"}),
                                  frozenset({"iovec", "BUFSIZ", "stat"}),
                                  frozenset({"linux/types.h"}))
    monkeypatch.setattr(environments, "_library", lambda *_: theirs)

    def ask(new, names=(), words=(), at=X, known=True):
        compiler = both({at: ZONE}, {at: new}).pair(NATIVE[0])[1]
        difference = Difference(frozenset(names), frozenset(words)) if known else None
        return environments.may_clash(X, difference, compiler, {at: (ZONE, new)})
    return ask


@pytest.mark.parametrize(("line", "names", "words", "does"), [
    ("#define FRESH 1", ["FRESH"], ["FRESH"], False),
    ("#define BUFSIZ 1", ["BUFSIZ"], ["BUFSIZ"], True),
    ("struct iovec { u32 a; };", ["iovec"], ["iovec", "struct", "a"], True),
    ("struct fresh { u32 st_atime; };", ["fresh"], ["fresh", "st_atime"], True),
    ("struct fresh { u32 iovec; };", ["fresh"], ["fresh", "iovec"], False),
    ("#ifndef _NETINET_IN_H\nstruct fresh { u32 a; };\n#endif", ["fresh"], ["fresh"], True),
    ("/* BUFSIZ */", [], [], False),
    ("# include <linux/fresh.h>", ["fresh"], ["fresh"], True),
])
def test_what_can_meet_the_c_library(may_clash, line, names, words, does):
    assert may_clash(f"{ZONE}{line}\n", names, words) == does


def test_what_a_header_of_theirs_changed_is_told_of_that_header(may_clash):
    new = f"{ZONE}#define BUFSIZ 1\n"
    assert may_clash(new, ["BUFSIZ"], ["BUFSIZ"], at="linux/y.h")
    assert not may_clash(new, ["BUFSIZ"], ["BUFSIZ"], at="linux/types.h")


def test_where_it_is_not_known_what_differs_all_may_clash(may_clash):
    assert may_clash(ZONE, known=False)


def test_a_header_that_the_library_includes_may_always_clash(may_clash, monkeypatch, both):
    theirs = environments.Library(frozenset(), frozenset(), frozenset({X}))
    monkeypatch.setattr(environments, "_library", lambda *_: theirs)
    assert may_clash(f"{ZONE}#define FRESH 1\n", ["FRESH"], ["FRESH"])


def test_the_library_is_read_with_the_kernels_headers_that_it_includes(both, monkeypatch, tmp_path):
    made = both({}, {"linux/limits.h": "#define NR_OPEN 1024 /* files */\n"})
    theirs = tmp_path / "string.h"
    theirs.write_text("#ifndef _STRING_H\nint memcmp(int n); // compares\n")

    def run_all(jobs):
        return [CompileResult(ok=True, said=(), output=(
            f"t.o: t.c {theirs} {made.new_dir}/linux/limits.h" if "-M" in j.extra else
            "#define __GNUC__ 12\n#define _GNU_SOURCE 1\n"
            + ("#define NULL 0\n" if "<errno.h>" in j.source else ""))) for j in jobs]
    monkeypatch.setattr(batch, "run_all", run_all)
    environments._library.cache_clear()
    found = environments._library(made.sandbox, made.new_dir)
    assert found.macros == {"NULL", "_GNU_SOURCE"}, "what every source has is nobody's"
    assert {"memcmp", "_STRING_H", "NR_OPEN"} <= found.words
    assert not {"compares", "files"} & found.words
    assert found.kernels == {"linux/limits.h"}
