# SPDX-License-Identifier: GPL-2.0-or-later
"""What KVM asks of a new capability: one kernel, and one thing wrong with it at a time."""

import re
from fnmatch import fnmatch

import pytest

from harness.lint import contract, lint_tree, subsystem
from harness.lint.rule import TreeContext
from tests import make

HEADER, MAIN, DOC = ("include/uapi/linux/kvm.h", "virt/kvm/kvm_main.c",
                     "Documentation/virt/kvm/api.rst")
TEST = "tools/testing/selftests/kvm/new.c"
BASE = {
    HEADER: "struct kvm_a {\n\t__u32 x;\n};\n#define KVM_SET_A _IOW(0xae, 1, struct kvm_a)\n"
            "#define KVM_CAP_OLD 3\n",
    MAIN: "\tcase KVM_CAP_OLD:\n\t\treturn 1;\n",
    DOC: "4.1 KVM_SET_A\n---------\n\n:Architectures: x86\n:Type: vm ioctl\n\nSets.\n\n"
         "8.1 KVM_CAP_OLD\n-----------\n\n:Architectures: all\n\nOld.\n",
    "arch/x86/kvm/Kconfig": "config KVM\n\tselect KVM_NEW\n",
    "arch/arm64/kvm/Kconfig": "config KVM\n",
    TEST: "",
}
NEW = {
    HEADER: BASE[HEADER] + "#define KVM_CAP_NEW 4\n",
    MAIN: BASE[MAIN] + "\tcase KVM_CAP_NEW:\n",
    DOC: BASE[DOC] + "\n8.2 KVM_CAP_NEW\n---------------\n\n:Architectures: all\n\nNew.\n",
    TEST: "new",
}


def found(*edits, before=BASE, after=NEW):
    """What is said when the right series is edited: rows of path, old, new."""
    new = {**before, **after}
    for path, old, text in edits:
        assert old in new.get(path, ""), (path, old)
        new[path] = new.get(path, "").replace(old, text) if old else text
    raw = [{p: t.encode() for p, t in side.items()} for side in (before, new)]

    def grep(expression, globs):
        wanted = re.compile(expression.replace("[[:space:]]", r"\s"), re.MULTILINE)
        return tuple(p for p, t in new.items() if any(fnmatch(p, g) for g in globs)
                     and wanted.search(t))

    paths = tuple(p for p in new if new[p] != before.get(p))
    tree = TreeContext(make.series(), paths, raw[0].get, raw[1].get, grep,
                       lambda: (), lambda _: None)
    return lint_tree(tree, contract.RULES)


def said(*edits, **sides):
    return [(f.rule, str(f.where)) for f in found(*edits, **sides)]


def test_a_capability_with_all_that_belongs_to_it_is_fine():
    assert said() == []


DEFINED = f"{HEADER}:6"


@pytest.mark.parametrize(("edit", "rule", "where"), [
    ((DOC, "8.2 KVM_CAP_NEW", "8.2 Something"), "capability-documented", DEFINED),
    ((DOC, "New.", "See KVM_CAP_OLD.\n\n8.1 KVM_CAP_OLD\n----\n"), "", ""),
    ((MAIN, "case KVM_CAP_NEW:", "case KVM_CAP_NEWER:"), "capability-returned", DEFINED),
    ((MAIN, "case KVM_CAP_NEW:", "if (cap == KVM_CAP_NEW)"), "", ""),
    ((MAIN, "case KVM_CAP_NEW:", "case KVM_CAP_OLD ... KVM_CAP_NEW:"), "", ""),
    ((HEADER, "KVM_CAP_NEW 4", "KVM_CAP_NEW 3"), "capability-number", DEFINED),
    ((HEADER, "KVM_CAP_NEW 4", "KVM_CAP_NEW 2"), "capability-number", DEFINED),
    ((HEADER, "KVM_CAP_NEW 4", "KVM_CAP_NEW 0x10"), "", ""),
    ((HEADER, "KVM_CAP_NEW 4", "KVM_CAP_NEW BASE"), "", ""),
    ((TEST, "new", ""), "interface-selftest", HEADER),
    ((DOC, "8.1 KVM_CAP_OLD", "8.1 Other"), "capability-documented", DOC),
    ((DOC, "8.1 KVM_CAP_OLD", "8.1 Once KVM_CAP_NEW; KVM_CAP_OLD"), "", ""),
])
def test_one_thing_that_is_missing_is_named(edit, rule, where):
    assert said(edit) == ([(rule, where)] if rule else [])


def test_findings_name_the_capability_and_the_numbers():
    (number,) = found((HEADER, "KVM_CAP_NEW 4", "KVM_CAP_NEW 2"))
    assert all(word in number.message for word in ("KVM_CAP_NEW", "2", "3"))
    (lost,) = found((DOC, "8.1 KVM_CAP_OLD", "8.1 Other"))
    assert "KVM_CAP_OLD" in lost.message
    assert DOC in lost.message


def test_another_name_of_an_old_capability_is_not_new():
    alias = BASE[HEADER].replace("OLD 3", "REAL 3\n#define KVM_CAP_OLD KVM_CAP_REAL")
    assert said(after={HEADER: alias}) == []
    assert said(after={HEADER: BASE[HEADER] + "#define KVM_CAP_SAME KVM_CAP_OLD\n"}) == []
    assert said(after={HEADER: BASE[HEADER] + "#define KVM_MAX 9\n"}) == []


def test_a_kernel_without_the_header_or_a_series_elsewhere_is_not_asked():
    gone = {k: v for k, v in BASE.items() if k != HEADER}
    assert said(before=gone, after={DOC: ""}) == []
    assert said(after={"mm/x.c": "x"}) == []


def test_a_capability_that_leaves_the_header_may_leave_the_document():
    assert said(after={HEADER: BASE[HEADER].replace("#define KVM_CAP_OLD 3\n", ""),
                       DOC: BASE[DOC].replace("KVM_CAP_OLD", "Gone")}) == []


def test_the_older_document_is_read_where_the_newer_is_not():
    old = {k: v for k, v in BASE.items() if k != DOC} | {
        "Documentation/virtual/kvm/api.txt": BASE[DOC]}
    after = {HEADER: NEW[HEADER], MAIN: NEW[MAIN], TEST: "new"}
    assert said(before=old, after=after) == [("capability-documented", DEFINED)]
    after["Documentation/virtual/kvm/api.txt"] = NEW[DOC]
    assert said(before=old, after=after) == []


GUARDED = "#ifdef CONFIG_KVM_NEW\n\tcase KVM_CAP_NEW:\n#endif\n"
ARCHES = (DOC, ":Architectures: all\n\nNew.", ":Architectures: {}\n\nNew.")


def arches(listed, code=GUARDED, *more):
    edits = [(MAIN, "\tcase KVM_CAP_NEW:\n", code), (*ARCHES[:2], ARCHES[2].format(listed))]
    return found(*edits, *more)


@pytest.mark.parametrize(("listed", "code", "wrong"), [
    ("x86", GUARDED, ""), ("x86, arm64", GUARDED, "arm64"), ("x86_64, i386", GUARDED, ""),
    ("aarch64", GUARDED, "aarch64"), ("x86, klingon", GUARDED, ""),
    ("arm64", "\tcase KVM_CAP_NEW:\n", ""),
    ("arm64", GUARDED.replace("#ifdef CONFIG", "#ifndef CONFIG"), ""),
    ("arm64", GUARDED.replace("#ifdef CONFIG_KVM_NEW", "#if defined(CONFIG_KVM_NEW) || X"), ""),
    ("arm64", GUARDED.replace("#ifdef CONFIG_KVM_NEW", "#if !CONFIG_KVM_NEW"), ""),
    ("arm64", GUARDED.replace("#ifdef CONFIG_KVM_NEW", "#if IS_ENABLED(CONFIG_KVM_NEW)"), "arm64"),
    ("arm64", "#ifdef CONFIG_KVM_NEW\n#else\n\tcase KVM_CAP_NEW:\n#endif\n", ""),
    ("arm64", "#ifdef CONFIG_KVM_NEW\n#elif X\n\tcase KVM_CAP_NEW:\n#endif\n", ""),
    ("arm64", "#ifdef CONFIG_KVM_NEW\n#endif\n\tcase KVM_CAP_NEW:\n", ""),
    ("arm64", "#endif\n#else\n#ifdef CONFIG_KVM_NEW\n#ifdef X\n\tcase KVM_CAP_NEW:\n", "arm64"),
])
def test_architectures_are_those_that_compile_the_answer(listed, code, wrong):
    got = arches(listed, code)
    assert [f.rule for f in got] == (["capability-architectures"] if wrong else [])
    assert all(f"lists {wrong}," in f.message and str(f.where) == f"{DOC}:16" for f in got)


def test_an_architecture_that_answers_itself_is_able():
    own = ("arch/powerpc/kvm/x.c", "", "\tcase KVM_CAP_NEW:\n")
    assert arches("x86, ppc", GUARDED, own) == ()
    (one,) = arches("x86, s390", GUARDED, own)
    assert "lists s390," in one.message
    assert "ppc, x86" in one.message


def test_all_guards_of_an_answer_must_be_selected():
    code = "#ifdef CONFIG_KVM_NEW\n#ifdef CONFIG_KVM_B\n\tcase KVM_CAP_NEW:\n#endif\n#endif\n"
    both = ("arch/x86/kvm/Kconfig", "KVM_NEW", "KVM_NEW\n\tselect KVM_B")
    other = ("arch/arm64/kvm/Kconfig", "KVM\n", "KVM\n\tselect KVM_B\n")
    (one,) = arches("x86, arm64", code, both, other)
    assert "lists arm64," in one.message


def test_an_old_section_is_judged_only_when_it_changes():
    wrong = {**BASE, **NEW, MAIN: BASE[MAIN] + GUARDED, DOC: NEW[DOC].replace(
        ":Architectures: all\n\nNew.", ":Architectures: arm64\n\nNew.")}
    assert said(before=wrong, after={MAIN: wrong[MAIN] + "\n"}) == []
    assert said(before=wrong, after={DOC: wrong[DOC].replace("New.", "Newer.")}) == []
    assert said(before=wrong, after={DOC: wrong[DOC].replace("arm64", "s390")}) == [
        ("capability-architectures", f"{DOC}:16")]


CHANGED = (HEADER, "\t__u32 x;\n", "\t__u32 x;\n\t__u32 y;\n")


def test_a_capability_that_changes_an_argument_stands_with_the_ioctl():
    (one,) = found(CHANGED)
    assert (one.rule, str(one.where)) == ("capability-section", f"{DOC}:16")
    assert "kvm_a" in one.message
    named = (DOC, ":Type: vm ioctl", ":Type: vm ioctl\n:Capability: KVM_CAP_NEW")
    assert said(CHANGED, named) == []
    assert said((HEADER, "\t__u32 x;\n", "\t__u32  x; /* same */\n")) == []
    assert said((HEADER, "x;\n};\n", "x;\n};\nstruct kvm_b {\n\tint y;\n};\n")) == []


def test_a_copy_of_a_header_in_tools_is_told_of():
    toy, copy = "include/uapi/linux/toy.h", "tools/include/uapi/linux/toy.h"
    base = {toy: "a", copy: "a"}
    assert said(before=base, after={toy: "b"}) == [("header-copies", toy)]
    assert said(before=base, after={toy: "b", copy: "b"}) == []
    assert said(before={toy: "a"}, after={toy: "b"}) == []
    assert said(before={"lib/a.h": "a", "tools/lib/a.h": "a"}, after={"lib/a.h": "b"}) == []


DOCUMENT = """Intro

4.1 KVM_ONE
-----------

:Capability: KVM_CAP_A, or
  KVM_CAP_B
:Architectures: x86, ARM64 except s390

4.2. Two KVM_CAP_C
~~~~~~~~~~~~~~~~~~

Text about KVM_CAP_D.
"""


def test_sections_have_a_number_a_line_and_what_they_are_about():
    one, two = subsystem.sections(DOCUMENT)
    assert (one.number, one.title, one.line) == ("4.1", "KVM_ONE", 3)
    assert (two.number, two.title, two.line) == ("4.2", "Two KVM_CAP_C", 10)
    assert one.names("KVM_CAP_[A-Z]+") == {"KVM_CAP_A", "KVM_CAP_B"}
    assert two.names("KVM_CAP_[A-Z]+") == {"KVM_CAP_C"}
    assert (one.arches, two.arches) == (("x86", "arm64"), ())
    assert "KVM_CAP_D" in two.text
    assert "KVM_CAP_C" not in one.text


@pytest.mark.parametrize("text", [
    "int  a;\n", "int a; /* b */", "int a; // b\n", "/* a\n b */int a;"])
def test_code_without_comments_and_blanks_is_the_same(text):
    bare = subsystem.bare_code
    assert bare(text) == bare("int a;") != bare("int b;")


def test_a_series_that_touches_the_header_alone_is_asked_for_everything_else():
    assert [rule for rule, _ in said(after={HEADER: NEW[HEADER]})] == [
        "capability-documented", "capability-returned", "interface-selftest"]
