# SPDX-License-Identifier: GPL-2.0-or-later
"""Which headers are looked at, and how closely; newer trees and programs of others."""

import pytest

from harness.arch import NATIVE
from harness.errors import InputRefusedError
from harness.system.sandbox import Sandbox
from harness.uapi import others
from harness.uapi.check import check_headers
from harness.uapi.result import Options, UapiResult

BARE = Sandbox(enabled=False)
A, USER = "linux/a.h", "linux/user.h"
TYPES = "typedef u32 id_t;\nstruct a { id_t id; };\n"
OLD = {A: TYPES, USER: "#include <linux/a.h>\nstruct user { id_t id; };\n", "linux/far.h": "x\n"}
WIDER = {**OLD, A: TYPES.replace("u32", "u64")}
GAINS = {**OLD, A: f"{TYPES}#define NEW 1\n"}
PATHS = {A: "include/uapi/linux/a.h"}


@pytest.fixture
def check(gcc):
    def ask(before, after, paths=PATHS, **options):
        return check_headers(before, after, paths, BARE, Options(**options))
    return ask


def rules(result, about=""):
    return sorted({(f.rule, f.where.path) for f in result.findings if about in f.where.path})


def test_headers_that_include_a_changed_one_are_compared_too(check):
    result = check(OLD, WIDER)
    assert ("uapi-layout", "include/uapi/linux/user.h") in rules(result)
    assert set(result.headers) == {A, USER}
    assert {(c.header, c.abi) for c in result.comparisons} == {
        (h, a.name) for h in (A, USER) for a in NATIVE}


def test_the_path_is_the_callers_where_it_is_named(check):
    result = check(OLD, WIDER, {A: "elsewhere/a.h"})
    assert {c.path for c in result.comparisons} == {
        "elsewhere/a.h", "include/uapi/linux/user.h"}


def test_a_header_that_offers_the_same_as_before_has_no_findings(check, gcc):
    after = {**OLD, A: TYPES.replace("struct a {", "struct b {")}
    result = check(OLD, after)
    assert rules(result, "user.h") == []
    assert set(result.headers) == {A, USER}
    assert not any("->" in source for c, source, _ in gcc.calls
                   if "user.h" in source), "no use of it was tried"


def test_where_names_were_only_gained_the_others_are_just_compiled(check, gcc):
    result = check(OLD, GAINS)
    assert (result.findings, set(result.headers)) == ((), {A, USER})
    assert all("-fsyntax-only" in flags for _, source, flags in gcc.calls
               if f"<{USER}>" in source)


def test_a_name_that_was_gained_can_break_those_that_include_it(check):
    result = check(OLD, {**OLD, A: f"{TYPES}#define NEW 1\n#error_with -w no user\n"})
    assert ("uapi-header", "include/uapi/linux/user.h") in rules(result)


def test_a_compiler_that_does_not_end_is_said_for_that_header_alone(check):
    after = {**WIDER, "linux/b.h": "#hang\n"}
    result = check({**OLD, "linux/b.h": "\n"}, after, {**PATHS, "linux/b.h": "b.h"})
    assert {(c.header, c.path, c.abi, c.passing) for c in result.missed} == {
        ("linux/b.h", "b.h", a.name, True) for a in NATIVE}
    assert set(result.headers) == {A, USER}


def test_a_compiler_that_does_not_end_on_an_unchanged_header_is_said_too(check):
    hangs = {USER: f"{OLD[USER]}#hang\n"}
    for after in (WIDER, GAINS):
        result = check({**OLD, **hangs}, {**after, **hangs})
        assert {c.header for c in result.missed} == {USER}
        assert all(c.passing for c in result.missed)
        assert A in result.headers


NAMES = "".join(f"#define CAP_{n} {n}\n" for n in range(20))


def test_a_number_that_a_newer_tree_has_given_to_somebody_else(check):
    old, new = {A: NAMES}, {A: f"{NAMES}#define CAP_MINE 40\n"}
    newer = {A: f"{NAMES}#define CAP_THEIRS 40\n", "linux/own.h": "#error none\n"}
    result = check(old, new, also=newer, also_name="v7.0")
    (finding,) = result.findings
    assert (finding.rule, finding.where.path) == ("uapi-clash", PATHS[A])
    for part in ("CAP_MINE", "CAP_THEIRS", "v7.0"):
        assert part in finding.message
    assert check(old, new, also={A: NAMES}, also_name="v7.0").findings == ()
    assert check(old, new, also={}, also_name="v7.0").findings == ()


def test_a_number_that_was_there_before_is_no_clash_with_a_newer_tree(check):
    both = f"{NAMES}#define CAP_MINE 40\n"
    newer = {A: f"{NAMES}#define CAP_THEIRS 40\n"}
    assert check({A: both}, {A: f"{both}\n"}, also=newer, also_name="v7.0").findings == ()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_does_not_compile_is_not_compared_with_a_newer_tree(check, which):
    texts = [NAMES, f"{NAMES}#define CAP_MINE 40\n", NAMES]
    texts[which] += "#error no\n"
    result = check({A: texts[0]}, {A: texts[1]}, also={A: texts[2]}, also_name="v7.0")
    (notice,) = [n for n in result.notices if "v7.0" in n]
    assert A in notice


def test_a_newer_tree_is_not_asked_about_a_header_that_goes(check):
    result = check({A: NAMES}, {}, also={A: NAMES}, also_name="v7.0")
    assert [f.rule for f in result.findings] == ["uapi-header"]


def test_a_newer_tree_whose_header_hangs_the_compiler(check):
    result = check({A: NAMES}, {A: f"{NAMES}#define CAP_MINE 40\n"}, also={A: "#hang\n"},
                   also_name="v7.0")
    (missed,) = result.missed
    assert (missed.header, missed.passing) == (A, True)


@pytest.fixture
def users(tmp_path):
    def make(**files):
        folder = tmp_path / "users"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.c").write_text(text)
        return folder
    return make


def test_programs_of_others_that_include_a_header_that_differs(check, users):
    folder = users(old="#include <linux/a.h>\nint f(struct a *a) { return a->id; }\n",
                   far="#include <linux/far.h>\nint f(void *a) { return a->id; }\n")
    result = check(OLD, {**OLD, A: TYPES.replace("id;", "number;")}, consumers=(folder,))
    found = [f for f in result.findings if f.rule == "uapi-consumer"]
    assert [str(f.where) for f in found] == ["old.c:2"]


def test_programs_that_include_none_of_them_are_said(check, users):
    folder = users(far="#include <linux/far.h>\n", other="int x;\n")
    result = check(OLD, GAINS, consumers=(folder,))
    (notice,) = result.notices
    assert str(folder) in notice
    assert "2" in notice


def test_headers_that_programs_include_lie_there_for_them(check, users):
    before = {**OLD, "linux/far.h": "struct far { u32 far; };\n"}
    folder = users(one="#include <linux/a.h>\n#include <linux/far.h>\n"
                       "int f(struct far *a) { return a->far; }\n")
    result = check(before, {**before, A: GAINS[A]}, consumers=(folder,))
    assert result.notices == ()


def test_a_program_that_hangs_the_compiler_ends_nothing_else(check, users):
    folder = users(one="#include <linux/a.h>\n")
    after = {**OLD, A: f"{TYPES}#hang -Wall\n"}
    result = check(OLD, after, consumers=(folder,))
    assert str(folder) in {c.header for c in result.missed}


def test_a_folder_without_programs_is_refused(check, users):
    with pytest.raises(InputRefusedError):
        check(OLD, GAINS, consumers=(users(),))


def test_the_small_programs_of_the_harness_count_where_they_include_what_differs(check, users):
    folder = users(one="#include <linux/a.h>\n#include <linux/far.h>\n"
                       "int f(struct a *a) { return a->id; }\n",
                   far="#include <linux/far.h>\nint f(void *a) { return a->id; }\n")
    before = {**OLD, "linux/far.h": "struct far { u32 far; };\n"}
    result = check(before, {**before, A: TYPES.replace("id;", "number;")}, usual=folder)
    assert [str(f.where) for f in result.findings if f.rule == "uapi-consumer"] == ["one.c:3"]
    quiet = check(before, {**before, "linux/far.h": "struct far { u32 far; u32 more; };\n"},
                  {"linux/far.h": "include/uapi/linux/far.h"}, usual=folder / "none")
    assert quiet.notices == ()


def test_where_none_of_them_is_about_it_nothing_is_said(check, users):
    result = check(OLD, GAINS, usual=users(far="#include <linux/far.h>\n"))
    assert (result.notices, result.findings) == ((), ())


def test_what_a_guarded_work_gives_is_passed_on():
    result = UapiResult(notices=("n",))
    assert others.guarded(["a.h"], lambda: [result]) == [result]


def test_what_may_come_before_a_header_is_the_trees_own(check):
    headers = {A: f"#error_without linux/ipc.h no\n{TYPES}", "linux/ipc.h": "#error never\n"}
    result = check(headers, {**headers, A: f"{headers[A]}#define NEW 1\n"})
    assert {c.header for c in result.missed} == {A}


def test_where_comments_changed_nothing_is_tried_but_that_all_still_compiles(check, gcc):
    after = {**OLD, A: TYPES.replace("u32 id_t;", "u32 id_t; /* of a\n\nuser */")}
    result = check(OLD, after)
    assert (result.findings, set(result.headers)) == ((), {A, USER})
    assert {flags for _, _, flags in gcc.calls} == {("-fsyntax-only", "-w")}
    licence = {**OLD, A: f"/* SPDX-License-Identifier: GPL-2.0 */\n{TYPES}"}
    noted = {**OLD, A: f"/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n{TYPES}"}
    assert [f.rule for f in check(noted, licence).findings] == ["uapi-export"]
    slashes = {**OLD, A: f"{TYPES}// of a user\n"}
    check(OLD, slashes)
    assert any("-c" in flags for _, _, flags in gcc.calls), "C90 knows no such comment"
