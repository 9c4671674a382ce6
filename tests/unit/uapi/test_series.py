# SPDX-License-Identifier: GPL-2.0-or-later
"""From commits to the headers that are compared; the comparison itself is a stand-in."""

import pytest

from harness.arch import ABIS, NATIVE
from harness.model import Finding, Severity
from harness.system.sandbox import Sandbox
from harness.uapi import series
from harness.uapi.result import Comparison, Options, UapiResult

BARE = Sandbox(enabled=False)
ARM = next(a for a in ABIS if a.name == "arm64")
A, ASM, ARM_ASM = ("include/uapi/linux/a.h", "arch/x86/include/uapi/asm/a.h",
                   "arch/arm64/include/uapi/asm/a.h")
TREE = {A: "int a;\n", ASM: "x\n", ARM_ASM: "arm\n", "kernel/k.c": "k\n",
        "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n"}


@pytest.fixture
def applied(applied_to):
    return lambda changes, base=TREE: applied_to(base, changes)


@pytest.fixture
def asked(monkeypatch, installed):
    """What was asked to be compared; ``asked.result`` is what comes of it."""
    class Asked(list):
        result = None

    rows = Asked()

    def check(before, after, paths, sandbox, options):
        rows.append((before, after, dict(paths), options))
        return rows.result or UapiResult(comparisons=tuple(
            Comparison(h, p, options.abis[0].name) for h, p in paths.items()))
    monkeypatch.setattr(series, "check_headers", check)
    installed("gcc")
    return rows


def check(applied, **options):
    return series.check_series(applied, BARE, Options(**options))


def test_the_headers_of_a_commit_as_userspace_gets_them(git, tmp_path):
    tree = git.tree({**TREE, A: "struct a { void __user *p; };\n", "include/linux/k.h": "k\n"})
    assert series.export_headers(tree, tree.commit)["asm/a.h"] == "x\n"
    assert series.export_headers(tree, tree.commit, "arm64")["asm/a.h"] == "arm\n"
    top = series.export_to(tree, tree.commit, tmp_path / "out")
    assert top == tmp_path / "out"
    assert sorted(str(p.relative_to(top)) for p in top.rglob("*.h")) == [
        "asm/a.h", "linux/a.h", "linux/version.h"]
    assert "__user" not in (top / "linux/a.h").read_text()


def test_a_series_without_headers_is_not_compared_and_says_so(applied, asked):
    result = check(applied({"kernel/k.c": "K\n"}))
    assert (asked, result.comparisons) == ([], ())
    assert "UAPI" in result.notices[0]


def test_what_a_patch_changes_is_compared_in_the_native_abis(applied, asked):
    result = check(applied({A: "int b;\n", "kernel/k.c": "K\n", ASM: "X\n"}))
    ((before, after, paths, options),) = asked
    assert (before["linux/a.h"], after["linux/a.h"]) == ("int a;\n", "int b;\n")
    assert paths == {"linux/a.h": A, "asm/a.h": ASM}
    assert options.abis == NATIVE
    assert result.headers == ("asm/a.h", "linux/a.h")
    assert result.notices == ()


def test_a_header_that_is_new_or_goes_is_compared_too(applied, asked):
    new = "include/uapi/linux/new.h"
    check(applied({A: None, new: "int n;\n"}))
    assert asked[0][2] == {"linux/a.h": A, "linux/new.h": new}


def test_headers_that_a_makefile_makes_name_what_they_are_made_of(applied, asked):
    check(applied({"Makefile": "VERSION = 6\nPATCHLEVEL = 2\nSUBLEVEL = 0\n"}))
    assert asked[0][2] == {"linux/version.h": "Makefile"}


def test_a_generated_header_names_the_source_that_is_touched(applied, asked):
    folder = "arch/x86/entry/syscalls"
    base = {**TREE, f"{folder}/syscall_64.tbl": "0\tcommon\tread\tsys_read\n",
            f"{folder}/Makefile": "unistd_64.h\n", "scripts/syscallhdr.sh": "one\n"}
    check(applied({f"{folder}/syscall_64.tbl": "0\tcommon\twrite\tsys_write\n",
                   "scripts/syscallhdr.sh": "two\n"}, base))
    assert asked[0][2] == {"asm/unistd_64.h": f"{folder}/syscall_64.tbl"}


def test_a_wrapper_comes_from_the_list_of_the_architecture(applied, asked):
    kbuild = "arch/x86/include/uapi/asm/Kbuild"
    base = {**TREE, "include/uapi/asm-generic/w.h": "w\n", kbuild: ""}
    check(applied({kbuild: "generic-y += w.h\n"}, base))
    assert asked[0][2] == {"asm/w.h": kbuild}


def test_a_change_that_no_exported_header_shows_is_not_compared(applied, asked):
    check(applied({"arch/x86/include/uapi/asm/Kbuild": "# nothing\n"}))
    assert asked == []


def test_other_architectures_are_compared_where_their_own_headers_change(applied, asked,
                                                                         installed):
    installed(ARM.program, "g++")
    result = check(applied({A: "int b;\n", ARM_ASM: "ARM\n"}), also={"x.h": ""})
    assert [row[3].abis for row in asked] == [NATIVE, (ARM,)]
    assert [row[2] for row in asked] == [
        {"linux/a.h": A}, {"asm/a.h": ARM_ASM, "linux/a.h": A}]
    assert [row[3].also for row in asked] == [{"x.h": ""}, None], "a newer tree is asked once"
    assert {c.abi for c in result.comparisons} == {"x86-64", "arm64"}


def test_an_architecture_is_compared_where_the_user_asks_for_it(applied, asked, installed):
    installed(ARM.program)
    check(applied({A: "int b;\n"}), abis=(*NATIVE, ARM))
    assert [row[3].abis for row in asked] == [NATIVE, (ARM,)]


def test_another_architectures_header_alone_is_not_compared_for_the_native_one(
        applied, asked, installed):
    installed(ARM.program)
    check(applied({ARM_ASM: "ARM\n"}))
    assert [row[3].abis for row in asked] == [(ARM,)]


@pytest.mark.parametrize(("path", "names", "hint"), [
    (ARM_ASM, ["arm64"], "gcc-aarch64-linux-gnu"),
    ("arch/loongarch/include/uapi/asm/a.h", ["loongarch"], ""),
])
def test_what_nothing_here_compiles_is_said_with_what_to_install(applied, asked, path, names,
                                                                hint):
    result = check(applied({path: "int new;\n"}))
    assert [(c.header, c.path, c.abi) for c in result.missed] == [("asm/a.h", path, names[0])]
    assert result.missed[0].problem
    assert hint in result.missed[0].hint
    assert bool(result.missed[0].hint) == bool(hint)
    assert (asked, result.notices) == ([], ()), "the file is a gap, and no notice beside it"


def test_what_is_reached_and_not_compared_is_a_notice(applied, asked):
    other = "include/uapi/linux/other.h"
    asked.result = UapiResult(comparisons=(
        Comparison("linux/a.h", A, "x86-64", "broken"),
        Comparison("linux/other.h", other, "i386", "no u32")))
    (notice,) = check(applied({A: "int b;\n"})).notices
    for part in ("linux/other.h", "i386", "no u32"):
        assert part in notice


def padding(struct="struct zone", member="pad", rule="uapi-padding"):
    return Finding(rule, Severity.NOTE, "m", evidence="picture", struct=struct, member=member)


def told(applied, asked, *findings, **files):
    names = {f"drivers/{n}.c": t for n, t in files.items()}
    asked.result = UapiResult(findings)
    series_ = applied({A: "int b;\n"}, {**TREE, **names})
    return [f.evidence for f in check(series_).findings]


def test_padding_is_told_with_the_files_that_look_at_it(applied, asked):
    (evidence,) = told(
        applied, asked, padding(member="hw.pad"),
        one="struct zone *z; if (z->pad)", two="struct zone z; z.pad = 1", three="struct zone z;",
        four="if (z->pad)", five="struct zone z; z->padding, z.spad")
    first, _, rest = evidence.partition("\n")
    assert first.endswith(": drivers/one.c, drivers/two.c")
    assert ".pad" in first
    assert "struct zone" in first
    assert rest == "picture"


def test_padding_that_nobody_looks_at_is_told_so(applied, asked):
    for files in ({"one": "struct zone z;"}, {"one": "z->pad"}):
        (evidence,) = told(applied, asked, padding(), **files)
        assert evidence.startswith("no C file")
        assert evidence.endswith("\npicture")


def test_at_most_five_files_are_named(applied, asked):
    text = "struct zone *z; z->pad"
    (evidence,) = told(applied, asked, padding(), **{f"f{n}": text for n in range(7)})
    assert "drivers/f4.c" in evidence
    assert "drivers/f5.c" not in evidence


def test_other_findings_and_those_without_a_struct_stay_as_they_are(applied, asked):
    rows = (padding(rule="uapi-layout"), padding(struct=""))
    assert told(applied, asked, *rows, one="struct zone *z; z->pad") == ["picture", "picture"]
