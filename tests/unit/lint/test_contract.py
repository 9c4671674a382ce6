# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the contract rules must be silent: found by a maintainer who looked for false blame."""

import fnmatch
import re

import pytest

from harness.lint import RULES, contract, lint_tree, subsystem
from harness.lint.rule import TreeContext
from tests import make

TREE = make.DATA / "lint" / "tree"
HEADER, CODE, DOC = ("include/uapi/linux/kvm.h", "virt/kvm/kvm_main.c",
                     "Documentation/virt/kvm/api.rst")


def found(**edits):
    """Rules that say something when files (header, code, doc) get new content."""
    before = {str(p.relative_to(TREE)): p.read_bytes() for p in TREE.rglob("*") if p.is_file()}
    after = dict(before)
    for name, edit in edits.items():
        path = {"header": HEADER, "code": CODE, "doc": DOC}[name]
        text = before[path].decode()
        new = edit(text) if callable(edit) else text.replace(*edit)
        assert new != text, name
        after[path] = new.encode()

    def grep(expression, globs):
        pattern = re.compile(expression.replace("[[:space:]]", r"\s").encode(), re.MULTILINE)
        return tuple(p for p, c in after.items()
                     if any(fnmatch.fnmatch(p, g) for g in globs) and pattern.search(c))

    tree = TreeContext(make.series(), tuple(p for p in after if after[p] != before[p]), before.get,
                   after.get, grep, lambda: (), lambda _: None)
    return {f.rule for f in lint_tree(tree, RULES)} - {"header-copies"}


ALIAS = ("#define KVM_CAP_PACE 2\n"
         "#define KVM_CAP_SPEED KVM_CAP_PACE /* old name */\n")
SET = "\tkvm->limit = limit->limit;"
PAD = "\t__u32 pad;\n"
UNION = "\tunion {\n\t\t__u32 pad;\n\t\t__u32 kind;\n\t};\n"


@pytest.mark.parametrize("edits", [
    {"doc": ("How fast it is.", "How fast it is, see also KVM_CAP_LIMIT.")},
    {"doc": (":Architectures: x86, arm64\n", ":Architectures: all\n")},
    {"doc": (":Architectures: x86, arm64\n", ":Architectures: x86_64, aarch64\n")},
    {"header": ("#define KVM_CAP_SPEED 2\n", ALIAS)},
    {"header": ("\t__u32 flags;\n", "\t__u32 flags; /* none so far */\n")},
    {"header": lambda t: t.replace("\t__u32", "\t__u32\t")},
    {"header": (PAD, "\t__u32 reserved;\n")},
    {"header": (PAD, "\t__u16 pad0;\n\t__u16 pad1;\n")},
    {"header": (PAD, UNION), "code": ("limit->flags)", "limit->flags || limit->kind > 1)")},
    {"header": (PAD, UNION), "code": (
        SET, f"\tswitch (limit->kind) {{\n\tdefault:\n\t\treturn -22;\n\t}}\n{SET}")},
    {"header": (PAD, UNION), "code": (
        SET, f"\tkind = limit->kind;\n\tif (kind > 1)\n\t\tgoto out;\n{SET}")},
    {"header": (PAD, UNION), "code": (SET, f"\tret = check_kind(limit->kind);\n{SET}")},
    {"header": (PAD, UNION), "code": ("kvm->limit =", "limit->kind = 1;\n\tkvm->limit =")},
])
def test_what_is_right_is_left_alone(edits):
    assert found(**edits) == set()


@pytest.mark.parametrize(("edits", "rule"), [
    ({"doc": (":Architectures: x86, arm64\n", ":Architectures: x86, s390x\n")},
     "capability-architectures"),
    ({"doc": (":Capability: KVM_CAP_LIMIT\n", "")}, "capability-documented"),
    ({"header": (PAD, UNION), "code": ("limit->limit;", "limit->kind ? limit->limit : 0;")},
     "padding-validated"),
    ({"header": (PAD, "\tvoid __user *p;\n")}, "uapi-types"),
    ({"header": (PAD, "\tunsigned long a, b;\n")}, "uapi-types"),
])
def test_what_is_wrong_is_named(edits, rule):
    assert rule in found(**edits)


OLD = """1. General

4.1 KVM_GET_API_VERSION

Capability: basic
Architectures: all

8.19 KVM_CAP_OLD

Architectures: x86

It was there.
"""


def test_documents_before_5_7_have_sections_without_a_line_below():
    assert [(s.number, s.title) for s in subsystem.sections(OLD)] == [
        ("4.1", "KVM_GET_API_VERSION"), ("8.19", "KVM_CAP_OLD")]
    assert subsystem.sections(OLD)[1].names("KVM_CAP_[A-Z]+") == {"KVM_CAP_OLD"}
    assert subsystem.sections(OLD)[0].arches == ("all",)


def test_a_document_of_another_form_is_none():
    assert subsystem.sections("") == ()
    assert subsystem.sections("Just prose about KVM_CAP_OLD.\n") == ()


def test_nothing_is_said_of_a_document_without_sections():
    """Before, this ended the whole run with a traceback."""
    assert "capability-documented" not in found(
        header=("#define KVM_CAP_SPEED 2\n", "#define KVM_CAP_SPEED 2\n#define KVM_CAP_NEW 9\n"),
        doc=lambda _: "Prose.\n")


GUARDED = {
    "virt/kvm/kvm_main.c": b"#ifdef CONFIG_KVM_RING\n\tcase KVM_CAP_RING:\n\t\treturn 1;\n#endif\n",
    "arch/powerpc/kvm/Kconfig": b"config KVM_SMALL\n\tselect KVM_RING\n",
}


@pytest.mark.parametrize(("srcarch", "on", "symbol"), [
    ("powerpc", set(), "KVM_RING"), ("powerpc", {"KVM_RING"}, ""), ("s390", set(), "")])
def test_what_a_kernel_lacks_that_others_of_its_architecture_have(srcarch, on, symbol):
    def grep(expression, globs):
        pattern = re.compile(expression.replace("[[:space:]]", r"\s").encode(), re.MULTILINE)
        return tuple(p for p, text in GUARDED.items()
                     if any(fnmatch.fnmatch(p, g) for g in globs) and pattern.search(text))
    assert contract.waits_for(GUARDED.get, grep, "KVM_CAP_RING", srcarch,
                              frozenset(on)) == symbol
    assert contract.waits_for(GUARDED.get, grep, "NO_CAP", srcarch, frozenset()) == ""
