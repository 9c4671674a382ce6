# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers that a tree's Makefiles make; x86 by both of its scripts: test_exporting.py."""

import pytest

from harness.uapi import generated, headers

TABLE = (b"# number abi name entry\n0\tcommon\tread\tsys_read\n10\tnospu\tten\tsys_ten\n"
         b"2\t64\twide\tsys_wide\n3\t32\tnarrow\tsys_narrow\n4\tspu\tspu\tsys_spu\n"
         b"5\tmemfd\tfive\tsys_five\nodd line\n")
PPC, S390, X86 = ("arch/powerpc/kernel/syscalls", "arch/s390/kernel/syscalls",
                  "arch/x86/entry/syscalls")



def numbers(text):
    return [line.split()[1:] for line in text.splitlines() if line.startswith("#define __NR_")]


def ppc(**more):
    return {f"{PPC}/syscall.tbl": TABLE, f"{PPC}/Makefile": b"unistd_32.h unistd_64.h", **more}


def test_powerpc_before_5_13():
    text = generated.headers(ppc(**{f"{PPC}/syscallhdr.sh": b""}), "powerpc")["asm/unistd_64.h"]
    assert numbers(text) == [["__NR_read", "0"], ["__NR_wide", "2"], ["__NR_ten", "10"],
                             ["__NR_syscalls", "11"]], "by number, and one more than the last"
    lines = text.splitlines()
    assert lines[:2] == ["#ifndef _UAPI_ASM_POWERPC_UNISTD_64_H",
                         "#define _UAPI_ASM_POWERPC_UNISTD_64_H"]
    assert "#define __NR_read\t0" in lines
    at = lines.index("#define __NR_syscalls\t11")
    assert (lines[at - 1], lines[at + 1]) == ("#ifdef __KERNEL__", "#endif")
    narrow = generated.headers(ppc(**{f"{PPC}/syscallhdr.sh": b""}), "powerpc")["asm/unistd_32.h"]
    assert [n for n, _ in numbers(narrow)] == [
        "__NR_read", "__NR_narrow", "__NR_ten", "__NR_syscalls"]


def test_powerpc_since_5_13_in_the_order_of_the_table():
    text = generated.headers(ppc(**{"scripts/syscallhdr.sh": b""}), "powerpc")["asm/unistd_64.h"]
    assert numbers(text) == [["__NR_read", "0"], ["__NR_ten", "10"], ["__NR_wide", "2"],
                             ["__NR_syscalls", "3"]]
    assert text.startswith("#ifndef _UAPI_ASM_UNISTD_64_H\n#define _UAPI_ASM_UNISTD_64_H\n")


def test_tables_without_rows():
    for script, last in ((f"{PPC}/syscallhdr.sh", "0"), ("scripts/syscallhdr.sh", "1")):
        files = ppc(**{script: b"", f"{PPC}/syscall.tbl": b"# none\n"})
        text = generated.headers(files, "powerpc")["asm/unistd_64.h"]
        assert numbers(text) == [["__NR_syscalls", last]]


def test_s390():
    files = {f"{S390}/syscall.tbl": b"20 64 b b\n3 common a a\n0x4 64 hex c\n1 32 no d\n",
             f"{S390}/Makefile": b"unistd_64.h", f"{S390}/syscalltbl": b""}
    out = generated.headers(files, "s390")
    text = out["asm/unistd_64.h"]
    assert numbers(text) == [["__NR_a", "3"], ["__NR_b", "20"]]
    assert "Linux-syscall-note" in text.splitlines()[0]
    assert text.splitlines()[1] == "#ifndef _UAPI_ASM_S390_UNISTD_64_H"
    assert "asm/unistd_32.h" not in out, "its Makefile does not name it"


def test_the_offset_of_x32():
    files = {f"{X86}/syscall_64.tbl": b"515 x32 x x\n", f"{X86}/Makefile": b"unistd_x32.h"}
    for script in ("scripts/syscallhdr.sh", f"{X86}/syscallhdr.sh"):
        text = generated.headers({**files, script: b""}, "x86")["asm/unistd_x32.h"]
        assert "#define __NR_x (__X32_SYSCALL_BIT + 515)" in text


RISCV = {"scripts/syscall.tbl": TABLE, "scripts/syscallhdr.sh": b"",
         "arch/riscv/include/uapi/asm/Kbuild": b"syscall-y += unistd_32.h unistd_64.h\n",
         "arch/riscv/kernel/Makefile.syscalls":
             b"syscall_abis_32 += memfd nothing\nsyscall_abis_64 += spu\n"}


def test_the_table_that_architectures_share_since_6_11():
    out = generated.headers(RISCV, "riscv")
    assert [n for n, _ in numbers(out["asm/unistd_32.h"])] == [
        "__NR_read", "__NR_narrow", "__NR_five", "__NR_syscalls"]
    assert [n for n, _ in numbers(out["asm/unistd_64.h"])] == [
        "__NR_read", "__NR_wide", "__NR_spu", "__NR_syscalls"]


@pytest.mark.parametrize("missing", [
    "scripts/syscall.tbl", "scripts/syscallhdr.sh", "arch/riscv/include/uapi/asm/Kbuild",
    "arch/riscv/kernel/Makefile.syscalls"])
def test_without_one_of_its_parts_nothing_is_made(missing):
    assert generated.headers({p: t for p, t in RISCV.items() if p != missing}, "riscv") == {}


def test_a_table_of_the_architectures_own_comes_first():
    files = {p.replace("riscv", "arm64"): t for p, t in RISCV.items()}
    files["arch/arm64/tools/syscall_64.tbl"] = b"7 64 mine mine\n"
    text = generated.headers(files, "arm64")["asm/unistd_64.h"]
    assert numbers(text)[0] == ["__NR_mine", "7"]
    del files["arch/arm64/tools/syscall_64.tbl"]
    assert numbers(generated.headers(files, "arm64")["asm/unistd_64.h"])[0] == ["__NR_read", "0"]


def test_an_architecture_gets_its_own_headers_alone():
    files = {**RISCV, **ppc(), "Makefile": b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 2\n"}
    assert set(generated.headers(files, "riscv")) == {
        "asm/unistd_32.h", "asm/unistd_64.h", "linux/version.h"}
    assert set(generated.headers(files, "mips")) == {"linux/version.h"}


def test_the_files_that_headers_are_made_of():
    x86 = generated.made_of("x86")
    assert x86["linux/version.h"] == ("Makefile",)
    assert x86["asm/unistd_64.h"] == (f"{X86}/syscall_64.tbl", f"{X86}/syscallhdr.sh",
                                      "scripts/syscallhdr.sh")
    assert generated.made_of("arm64")["asm/unistd_64.h"] == (
        "arch/arm64/tools/syscall_64.tbl", "scripts/syscallhdr.sh", "scripts/syscall.tbl")
    assert set(generated.made_of("mips")) == {"linux/version.h"}
    assert headers.sources("x86") == x86


def test_the_files_of_a_tree_that_are_read():
    x86 = generated.sources("x86")
    assert {"Makefile", "scripts/syscallhdr.sh", f"{X86}/Makefile", f"{X86}/syscall_32.tbl",
            f"{X86}/syscallhdr.sh"} <= set(x86)
    assert len(x86) == len(set(x86))
    assert {"scripts/syscall.tbl", "arch/riscv/include/uapi/asm/Kbuild",
            "arch/riscv/kernel/Makefile.syscalls"} <= set(generated.sources("riscv"))
    assert "" not in generated.sources("riscv")
    assert headers.under("x86")[:2] == ("include/uapi", "arch/x86/include/uapi")
    assert set(x86) <= set(headers.under("x86"))


@pytest.mark.parametrize(("sub", "capped", "code"), [
    (0, False, 393472), (300, False, 393772), (300, True, 393727), (255, True, 393727)])
def test_the_code_of_a_version(sub, capped, code):
    text = generated.version_header(
        f"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = {sub}\n" + "((c) > 255" * capped)
    assert f"#define LINUX_VERSION_CODE {code}\n" in text
    assert ("255 : (c)" in text) == capped
    assert "MAJOR" not in text


def test_the_parts_of_a_version_where_the_makefile_has_them():
    text = generated.version_header(
        "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 12\nEXTRAVERSION = -rc1\nLINUX_VERSION_MAJOR")
    lines = text.splitlines()
    assert "#define LINUX_VERSION_MAJOR 6" in lines
    assert "#define LINUX_VERSION_PATCHLEVEL 1" in lines
    assert "#define LINUX_VERSION_SUBLEVEL 12" in lines
    assert "((a) << 16) + ((b) << 8) + (c)" in text


def last_row(row, **more):
    return {**ppc(**more), f"{PPC}/syscall.tbl": f"0 common read sys_read\n{row}\n".encode()}


OLD, SHARED = {f"{PPC}/syscallhdr.sh": b""}, {"scripts/syscallhdr.sh": b""}


@pytest.mark.parametrize("number", ["XX", "0x", "9" * 4400, "08"])
@pytest.mark.parametrize("script", [OLD, SHARED])
def test_a_table_whose_last_row_has_no_number_makes_no_header(number, script):
    assert "asm/unistd_64.h" in generated.headers(last_row("2 common a a", **script), "powerpc")
    assert generated.headers(last_row(f"{number} common a a", **script), "powerpc") == {}


@pytest.mark.parametrize(("number", "after"), [("0x2", 3), ("2", 3), ("010", 9), ("0X0a", 11)])
def test_a_number_is_what_the_shell_takes_it_for(number, after):
    made = generated.headers(last_row(f"{number} common a a", **SHARED), "powerpc")
    assert ["__NR_a", number] in numbers(made["asm/unistd_64.h"])
    assert ["__NR_syscalls", str(after)] in numbers(made["asm/unistd_64.h"])


def test_rows_of_abis_that_a_makefile_adds_are_judged_too():
    adds = {"arch/powerpc/kernel/Makefile.syscalls": b"syscall_abis_64 += zz\n"}
    assert "asm/unistd_64.h" in generated.headers(last_row("2 zz a a", **SHARED, **adds), "powerpc")
    made = generated.headers(last_row("0X zz a a", **SHARED, **adds), "powerpc")
    assert "asm/unistd_64.h" not in made
