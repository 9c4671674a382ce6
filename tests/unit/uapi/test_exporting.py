# SPDX-License-Identifier: GPL-2.0-or-later
"""What make headers_install does, without make: unifdef, sed, generated headers.

tests/vm/test_headers_install.py holds the whole against the tree's own make.
"""

import pytest

from harness.arch import NATIVE
from harness.uapi import exporting, generated, headers, unifdef


@pytest.mark.parametrize(("text", "left"), [
    ("a\n#ifdef __KERNEL__\nk\n#endif\nb\n", "a\nb\n"),
    ("#ifndef __KERNEL__\nu\n#endif\n", "u\n"),
    ("#ifdef __KERNEL__\nk\n#else\nu\n#endif\n", "u\n"),
    ("#ifndef __KERNEL__\nu\n#else\nk\n#endif\n", "u\n"),
    ("#if defined(__KERNEL__) || defined(X)\nx\n#endif\n",
     "#if defined(__KERNEL__) || defined(X)\nx\n#endif\n"),
    ("#if defined(__KERNEL__) && defined(X)\nx\n#endif\n", ""),
    ("#if !defined(__KERNEL__) || X\nx\n#endif\n", "x\n"),
    ("#if 0\nx\n#endif\n#ifdef __KERNEL__\n#endif\n", "#if 0\nx\n#endif\n"),
    ("#ifdef __KERNEL__\nk\n#elif X\nx\n#else\ny\n#endif\n", "#if   X\nx\n#else\ny\n#endif\n"),
    ("#ifdef X\nx\n#elif !defined(__KERNEL__)\nu\n#else\nk\n#endif\n",
     "#ifdef X\nx\n#else\nu\n#endif\n"),
    ("#ifdef X\nx\n#elif defined(__KERNEL__)\nk\n#else\nu\n#endif\n",
     "#ifdef X\nx\n#else\nu\n#endif\n"),
    ("#ifdef __KERNEL__\n#ifdef X\nx\n#endif\nk\n#endif\nb\n", "b\n"),
    ("/* #ifdef __KERNEL__ */\na\n", "/* #ifdef __KERNEL__ */\na\n"),
    ("/*\n#ifdef __KERNEL__\n*/\na\n", "/*\n#ifdef __KERNEL__\n*/\na\n"),
    ("#if defined(__KERNEL__) && \\\n defined(X)\nx\n#endif\nb\n", "b\n"),
    ("#ifdef __KERNEL__ /* not for\n programs */\nk\n#endif\nb\n", "b\n"),
    ("#ifdef __EXPORTED_HEADERS__\nu\n#else\nk\n#endif\n", "u\n"),
    ("#if __KERNEL__ == 1\nk\n#endif\n", ""),
    ("# if defined __KERNEL__\nk\n# endif\n", ""),
    ('"/*"\n#ifdef __KERNEL__\nk\n#endif\n', '"/*"\n'),
])
def test_unifdef(text, left):
    assert unifdef.process(text) == left
    kept = unifdef.process(text, keep_lines=True)
    assert kept.count("\n") == text.count("\n"), "compilers' line numbers are the source's"
    assert [t for t in kept.splitlines() if t] == [t for t in left.splitlines() if t]


@pytest.mark.parametrize("text", [
    "#ifdef __KERNEL__\nk\n", "#endif /* __KERNEL__ */\n", "#else /* __KERNEL__ */\n",
    "#elif __KERNEL__\n", "#if (((__KERNEL__\n#endif\n", "#if __KERNEL__(1)\n#endif\n",
    "#if " + "(" * 5000 + "__KERNEL__\n#endif\n", "#if 1 +* __KERNEL__\n#endif\n",
])
def test_what_unifdef_does_not_understand_stays(text):
    assert unifdef.process(text) == text


@pytest.mark.parametrize(("line", "left"), [
    ("\tvoid __user *p;", "\tvoid *p;"),
    ("int f(void) __attribute_const__;", "int f(void) __attribute_const__;"),
    ("int f(void) __attribute_const__ ;", "int f(void)  ;"),
    ("} __packed;", "} __attribute__((packed));"),
    ("static inline int f(void)", "static __inline__ int f(void)"),
    ("\tasm volatile (x);", "\t__asm__ volatile (x);"),
    ("#ifndef _UAPI_LINUX_A_H", "#ifndef _LINUX_A_H"),
    ("#endif /* _UAPI_LINUX_A_H */", "#endif /* _LINUX_A_H */"),
    ("#include <linux/compiler.h>", ""), ("#include <linux/compiler_types.h>", ""),
    ("#define __bitwise__ x", "#define __bitwise__ x"),
    ("typedef __u32 __bitwise __be32;", "typedef __u32 __bitwise __be32;"),
])
def test_sed(line, left):
    """Line by line what sed says: also where that is odd (one match does not see the next)."""
    assert headers.transform(f"{line}\n", keep_lines=False) == f"{left}\n"


def _tree(**more):
    return {"include/uapi/linux/a.h": b"a\n", **more}


def test_only_listed_headers_are_wrapped():
    out = headers.exported({
        "include/uapi/asm-generic/types.h": b"t\n", "include/uapi/asm-generic/errno.h": b"e\n",
        "include/uapi/asm-generic/poll.h": b"p\n",
        "include/uapi/asm-generic/Kbuild": b"mandatory-y += types.h\nmandatory-y += unistd.h\n",
        "arch/x86/include/uapi/asm/Kbuild": b"generic-y += errno.h # why\n"}, "x86")
    assert out["asm/types.h"] == "#include <asm-generic/types.h>\n"
    assert out["asm/errno.h"] == "#include <asm-generic/errno.h>\n"
    assert "asm/poll.h" not in out


def test_kvm_h_is_exported_where_the_architecture_has_its_part():
    tree = {"include/uapi/linux/kvm.h": b"k\n"}
    assert "linux/kvm.h" not in headers.exported(tree, "x86")
    tree["arch/x86/include/uapi/asm/kvm.h"] = b"x\n"
    assert "linux/kvm.h" in headers.exported(tree, "x86")


@pytest.mark.parametrize(("own", "every", "wrapped"), [
    (b"", b"mandatory-y += a.h\n", True), (b"generic-y += a.h\n", b"", True),
    (b"mandatory-y := a.h\n", b"", True), (b"generated-y += a.h\n", b"mandatory-y += a.h\n", False),
    (b"generic-y += \\\n\tb.h \\\n\ta.h\n", b"", True), (b"# generic-y += a.h\n", b"", False),
    (b"", b"generic-y += a.h\n", False), (b"", b"", False),
])
def test_which_list_wraps_a_generic_header(own, every, wrapped):
    out = headers.exported({
        "include/uapi/asm-generic/a.h": b"a\n", "include/uapi/asm-generic/Kbuild": every,
        "arch/x86/include/uapi/asm/Kbuild": own}, "x86")
    assert ("asm/a.h" in out) == wrapped


def test_a_header_of_the_architectures_own_is_not_wrapped():
    out = headers.exported({
        "include/uapi/asm-generic/a.h": b"a\n", "arch/x86/include/uapi/asm/a.h": b"own\n",
        "arch/x86/include/uapi/asm/Kbuild": b"generic-y += a.h\n"}, "x86")
    assert out["asm/a.h"] == "own\n"


def test_a_generated_header_gives_way_to_one_of_the_tree():
    version = b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n"
    assert "CODE" in headers.install({"Makefile": version}, "x86")["linux/version.h"]
    out = headers.install({"Makefile": version, "include/uapi/linux/version.h": b"own\n"}, "x86")
    assert out["linux/version.h"] == "own\n"


@pytest.mark.parametrize(("more", "there"), [
    ({}, False), ({"arch/x86/include/uapi/asm/kvm_para.h": b"x\n"}, True),
    ({"include/uapi/asm-generic/kvm_para.h": b"g\n",
      "arch/x86/include/uapi/asm/Kbuild": b"generic-y += kvm_para.h\n"}, False),
    ({"include/uapi/asm-generic/kvm_para.h": b"g\n", "include/uapi/Kbuild": b"",
      "arch/x86/include/uapi/asm/Kbuild": b"generic-y += kvm_para.h\n"}, True),
])
def test_kvm_para_h_may_stand_on_a_generic_one_since_5_0(more, there):
    tree = {"include/uapi/linux/kvm_para.h": b"k\n", **more}
    assert ("linux/kvm_para.h" in headers.exported(tree, "x86")) == there


TABLE = (b"# comment\n0\tcommon\tread\tsys_read\n1\tcommon\twrite\tsys_write\n"
         b"2\t64\tonly64\tsys_a\n515\tx32\tonlyx32\tsys_b\n")


def test_system_calls_by_the_script_of_the_tree():
    folder = "arch/x86/entry/syscalls"
    tree = {f"{folder}/syscall_64.tbl": TABLE, f"{folder}/Makefile": b"unistd_64.h unistd_x32.h"}
    new = generated.headers({**tree, "scripts/syscallhdr.sh": b""}, "x86")
    assert "#define __NR_write 1\n" in new["asm/unistd_64.h"]
    assert "#define __NR_only64 2\n" in new["asm/unistd_64.h"]
    assert "onlyx32" not in new["asm/unistd_64.h"]
    assert "#define __NR_onlyx32 (__X32_SYSCALL_BIT + 515)" in new["asm/unistd_x32.h"]
    assert "asm/unistd_32.h" not in new, "no table, no header"
    old = generated.headers({**tree, f"{folder}/syscallhdr.sh": b""}, "x86")
    assert old["asm/unistd_64.h"].startswith("#ifndef _ASM_X86_UNISTD_64_H\n#define _ASM_X86_UNI")
    assert generated.headers(tree, "x86") == {}, "no script, no header"


@pytest.mark.parametrize(("makefile", "first"), [
    ("VERSION = 4\nPATCHLEVEL = 19\nSUBLEVEL = 0\n", "#define LINUX_VERSION_CODE 267008"),
    ("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 300\n((c) > 255\nLINUX_VERSION_MAJOR",
     "#define LINUX_VERSION_CODE 393727"),
    ("VERSION = 6\n", ""), ("", ""), ("VERSION = $(shell id)\nPATCHLEVEL = 1\nSUBLEVEL =\n", ""),
])
def test_version(makefile, first):
    assert generated.version_header(makefile).partition("\n")[0] == first


@pytest.mark.parametrize(("text", "line"), [
    ("#ifdef CONFIG_B\n#endif\n#if CONFIG_B\n#endif\n", 2),
    ("\n/* CONFIG_B\n */\n#ifdef CONFIG_B\n#endif\n", 5),
    ("// CONFIG_B\nint CONFIG_B;\n", 3),
    ("#ifdef __KERNEL__\nint a;\n#endif\nint x = CONFIG_B; /* why */\n", 5),
])
def test_a_leak_is_found_in_the_first_line_that_has_it(text, line):
    note = "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n"
    (found,) = exporting.texts(None, note + text, "include/uapi/linux/a.h")
    assert (found.rule, str(found.where)) == ("uapi-export", f"include/uapi/linux/a.h:{line}")
    assert found.subject.endswith("CONFIG_B")


def test_one_licence_without_the_note_is_enough():
    both = ("/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n"
            "/* SPDX-License-Identifier: GPL-2.0-only */\n")
    (found,) = exporting.texts(None, both, "include/uapi/linux/a.h")
    assert found.evidence == "SPDX-License-Identifier: GPL-2.0-only */"
    assert (found.where.line, found.subject) == (1, "include/uapi/linux/a.h licence")


C90 = "#error_with -std=c90 no ISO C90\n"


@pytest.mark.parametrize(("old", "new", "found"), [
    ("", "", False), ("", C90, True), (C90, C90, False), (None, C90, True), (None, "", False),
    ("", "#error no\n", False),  # it does not compile at all: that is said elsewhere
])
def test_a_header_has_to_compile_as_c90_if_it_did(both, old, new, found):
    pair = both({"x.h": old} if old is not None else {}, {"x.h": new}).pair(NATIVE[0])
    rows = list(exporting.c90("x.h", "p/x.h", (pair[0] if old is not None else None, pair[1])))
    assert [(f.rule, f.subject, str(f.where), f.evidence) for f in rows] == [
        ("uapi-export", "p/x.h c90", "p/x.h:1", "gcc -std=c90\nx.h:1: no ISO C90")] * found
    assert all("no ISO C90" in f.message for f in rows)


def _said(old, new):
    return [f.message for f in exporting.texts(old, new, "include/uapi/linux/a.h")]


def test_licence_and_config_symbols_of_exported_headers():
    good = "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n"
    bad = "/* SPDX-License-Identifier: GPL-2.0-only */\n"
    assert _said(None, good) == []
    assert "syscall-note" in _said(None, bad)[0]
    assert "syscall-note" in _said(good, bad)[0]
    assert _said(bad, f"{bad}int x;\n") == [], "the base has it already"
    assert _said(None, "/* SPDX-License-Identifier: MIT */\n") == []
    leak = f"{good}/* CONFIG_A */\n#ifdef CONFIG_B\n#endif\n"
    assert len(_said(None, leak)) == 1
    assert "CONFIG_B" in _said(None, leak)[0]
    assert _said(leak, f"{leak}int x;\n") == []
    assert _said(None, f"{good}#ifdef __KERNEL__\n#ifdef CONFIG_B\n#endif\n#endif\n") == []


GUARD = "/* x */\n#ifndef _UAPI_X_H\n#define _UAPI_X_H\nint a;\n#endif\n"


@pytest.mark.parametrize(("before", "after", "said"), [
    ({"x.h": GUARD}, {"x.h": GUARD, "y.h": GUARD}, ["y.h"]),
    ({"x.h": GUARD, "y.h": GUARD}, {"x.h": GUARD, "y.h": GUARD + "int b;\n"}, []),
    ({"x.h": GUARD}, {"x.h": GUARD, "y.h": GUARD.replace("_X_", "_Y_")}, []),
    ({"x.h": GUARD}, {"x.h": GUARD, "y.h": f"#include <x.h>\n{GUARD}"}, []),
    ({}, {"asm-generic/x.h": GUARD, "y.h": GUARD}, []), ({}, {"y.h": "int a;\n"}, [])])
def test_a_guard_that_another_header_has(before, after, said):
    found = [f for h in ("y.h",) if h in after for f in exporting.guards(h, before, after, "p/y.h")]
    assert [f.message.partition(":")[0] for f in found] == said


@pytest.mark.parametrize(("old", "new", "same"), [
    ("int a;\n", "int  a; /* b */\n", True), ("int a;\n", "int b;\n", False), (None, "", False),
    ("int a;\n", "int a; // b\n", False)])
def test_where_only_comments_differ(old, new, same):
    assert exporting.same_code(old, new) is same
