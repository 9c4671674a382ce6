# SPDX-License-Identifier: GPL-2.0-or-later
"""What a file is, and when a change of it changes nothing."""

import pytest

from harness import evidence
from harness.evidence import (
    FileKind,
    kind_of,
    same_code,
)

K = FileKind


@pytest.mark.parametrize(("path", "kind"), [
    ("Documentation/virt/kvm/api.rst", K.DOCUMENT), ("MAINTAINERS", K.DOCUMENT),
    ("Documentation/devicetree/bindings/x.yaml", K.DOCUMENT), (".gitignore", K.DOCUMENT),
    ("tools/testing/selftests/kvm/.gitignore", K.DOCUMENT), ("fs/ext4/README", K.DOCUMENT),
    ("fs/ext4/inode.c", K.CODE), ("arch/x86/entry/entry_64.S", K.CODE),
    ("include/linux/kvm_host.h", K.HEADER), ("drivers/net/a.h", K.HEADER),
    ("include/uapi/linux/kvm.h", K.UAPI), ("arch/arm64/include/uapi/asm/kvm.h", K.UAPI),
    ("tools/include/uapi/linux/kvm.h", K.TOOL), ("tools/perf/a.c", K.TOOL),
    ("samples/bpf/a.c", K.TOOL), ("fs/Kconfig", K.KCONFIG), ("init/Kconfig.debug", K.KCONFIG),
    ("Makefile", K.MAKEFILE), ("fs/ext4/Makefile", K.MAKEFILE),
    ("scripts/Kbuild.include", K.MAKEFILE),
    ("scripts/Makefile.lib", K.MAKEFILE), ("arch/x86/kernel/vmlinux.lds.S", K.CODE),
    ("include/asm-generic/vmlinux.lds.h", K.HEADER), ("arch/x86/lib/x86-opcode-map.txt", K.OTHER),
    ("rust/kernel/lib.rs", K.OTHER), ("arch/arm64/boot/dts/a.dts", K.OTHER),
    ("scripts/checkpatch.pl", K.OTHER), ("scripts/unifdef.c", K.OTHER),
    ("kernel/configs/debug.config", K.OTHER),
])
def test_kinds(path, kind):
    assert kind_of(path) is kind


@pytest.mark.parametrize(("before", "after"), [
    ("int x;\n", "/* why */\nint x;\n"), ("int x;\n", "int x; // why\n"),
    ("int  x ;\n", "int x ;\n"), ("int x;\n\n\nint y;\n", "int x;\nint y;\n"),
    ("f(a,\n  b);\n", "f(a, b);\n"), ("int x; /* a */\n", "int x; /* b */\n"),
    ("#define A 1 /* a */\n", "#define A 1\n"), ("#define A \\\n 1\n", "#define A  1\n"),
])
def test_comments_and_blanks_change_nothing(before, after):
    assert same_code("a.c", before, after)


@pytest.mark.parametrize(("before", "after"), [
    ("int x;\n", "int y;\n"), ('s = "a b";\n', 's = "a  b";\n'), ('s = "/* a */";\n', 's = "";\n'),
    ("c = ' ';\n", "c = '  ';\n"), ("a + +b;\n", "a ++b;\n"), ("int x;\n", "intx;\n"),
    ("#define A 1\nint x;\n", "#define A 1 int x;\n"), ("#define A(x) x\n", "#define A (x) x\n"),
    ("x;\n#if 0\ny;\n#endif\n", "x;\n/*\n#if 0\n*/\ny;\n"),
    ("int x; // a \\\nint y;\n", "int x;\nint y;\n"),
    (None, "int x;\n"), ("int x;\n", None),
])
def test_anything_else_does(before, after):
    assert not same_code("a.c", before, after)


@pytest.mark.parametrize(("path", "before", "after", "same"), [
    ("fs/Kconfig", "config A\n", "# why\nconfig A\n", True),
    ("fs/Kconfig", "config A\n\tbool\n", "config A\n", False),
    ("fs/Makefile", "a := 1\n", "a := 1\n\n# why\n", True),
    ("fs/Makefile", "a-y := b.o \\\n\tc.o\n", "a-y := b.o \\\n\t# d.o \\\n\tc.o\n", False),
    ("fs/Makefile", "# a\nb-y := c.o\n", "# a \\\nb-y := c.o\n", False),
    ("a.c", "// go\nint x;\n", "// go \\ \nint x;\n", False),
    ("a.c", 's = "ab\\\ncd";\n', 's = "ab cd";\n', False),
    ("arch/x86/a.S", "# if\n", "", False), ("a.rs", "// a\n", "// b\n", False),
])
def test_other_languages(path, before, after, same):
    assert same_code(path, before, after) is same


@pytest.mark.parametrize(("path", "arch"), [
    ("arch/x86/kvm/x86.c", "x86"), ("arch/um/kernel/a.c", "um"), ("arch/x86/um/a.c", "um"),
    ("arch/um", ""), ("arch/Kconfig", ""), ("arch/x86/um", "x86"), ("fs/x86/um/a.c", "")])
def test_the_architecture_of_a_file(path, arch):
    assert evidence.arch_of(path) == arch
