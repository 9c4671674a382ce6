# SPDX-License-Identifier: GPL-2.0-or-later
"""UAPI headers that a tree's Makefiles make: system call numbers and the version. Pure.

Sources: arch/*/kernel/syscalls/Makefile, arch/x86/entry/syscalls/Makefile,
scripts/syscallhdr.sh and what stood in its place before 5.13, scripts/Makefile.asm-headers
(6.11), filechk_version.h in the top Makefile.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.clean import decode

VERSION_SOURCE = "Makefile"
_ROW = re.compile(r"^([0-9A-Fa-fXx]+)[ \t]+(\w+)[ \t]+(\w+)", re.MULTILINE)
_VARIABLE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL)[ \t]*=[ \t]*(\d{0,6})[ \t]*$",
                       re.MULTILINE)
_ABIS = re.compile(r"^syscall_abis_(\w+)[ \t]*\+=[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """One generated header: which rows of which table it is made of, and by which script."""

    srcarch: str
    name: str
    source: str
    abis: tuple[str, ...]
    script: str  # in its folder, before 5.13; "" where scripts/Makefile.asm-headers does it
    offset: str = ""

    @property
    def listed(self) -> str:
        """The Makefile that names the header when a tree has it."""
        folder = self.source.rpartition("/")[0] if self.script else (
            f"arch/{self.srcarch}/include/uapi/asm")
        return f"{folder}/{'Makefile' if self.script else 'Kbuild'}"


_X86, _PPC, _S390 = ("arch/x86/entry/syscalls", "arch/powerpc/kernel/syscalls",
                     "arch/s390/kernel/syscalls")
TABLES: tuple[Table, ...] = (
    Table("x86", "asm/unistd_32.h", f"{_X86}/syscall_32.tbl", ("i386",), f"{_X86}/syscallhdr.sh"),
    Table("x86", "asm/unistd_64.h", f"{_X86}/syscall_64.tbl", ("common", "64"),
          f"{_X86}/syscallhdr.sh"),
    Table("x86", "asm/unistd_x32.h", f"{_X86}/syscall_64.tbl", ("common", "x32"),
          f"{_X86}/syscallhdr.sh", "__X32_SYSCALL_BIT"),
    *(Table("powerpc", f"asm/unistd_{n}.h", f"{_PPC}/syscall.tbl", ("common", "nospu", n),
            f"{_PPC}/syscallhdr.sh") for n in ("32", "64")),
    *(Table("s390", f"asm/unistd_{n}.h", f"{_S390}/syscall.tbl", ("common", n),
            f"{_S390}/syscalltbl") for n in ("32", "64")),
    # since 6.11: scripts/syscall.tbl, or a table of the architecture's own
    *(Table("arm64", "asm/unistd_64.h", source, ("common", "64"), "")
      for source in ("arch/arm64/tools/syscall_64.tbl", "scripts/syscall.tbl")),
    *(Table("riscv", f"asm/unistd_{n}.h", "scripts/syscall.tbl", ("common", n), "")
      for n in ("32", "64")),
)
SHARED = "scripts/syscallhdr.sh"


def sources(srcarch: str) -> tuple[str, ...]:
    """The files of a tree that the headers of an architecture are made of."""
    rows = [t for t in TABLES if t.srcarch == srcarch]
    return tuple(dict.fromkeys((
        VERSION_SOURCE, SHARED, f"arch/{srcarch}/kernel/Makefile.syscalls",
        *(path for t in rows for path in (t.source, t.script, t.listed) if path))))


def made_of(srcarch: str) -> dict[str, tuple[str, ...]]:
    """For each header that is generated, what it is made of; the table comes first."""
    rows: dict[str, tuple[str, ...]] = {"linux/version.h": (VERSION_SOURCE,)}
    for t in TABLES:
        if t.srcarch == srcarch:
            rows[t.name] = tuple(dict.fromkeys((
                *rows.get(t.name, ()), t.source, *((t.script,) if t.script else ()), SHARED)))
    return rows


def version_header(makefile: str) -> str:
    """``linux/version.h``; "" when the Makefile does not say which version it is."""
    found = {name: int(value or 0) for name, value in _VARIABLE.findall(makefile[:20_000])}
    if set(found) != {"VERSION", "PATCHLEVEL", "SUBLEVEL"}:
        return ""
    major, patch, sub = (found[n] for n in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
    capped = "((c) > 255" in makefile
    code = major * 65536 + patch * 256 + (min(sub, 255) if capped else sub)
    lines = [f"#define LINUX_VERSION_CODE {code}"]
    third = "((c) > 255 ? 255 : (c))" if capped else "(c)"
    lines.append(f"#define KERNEL_VERSION(a,b,c) (((a) << 16) + ((b) << 8) + {third})")
    if "LINUX_VERSION_MAJOR" in makefile:
        lines += [f"#define LINUX_VERSION_MAJOR {major}",
                  f"#define LINUX_VERSION_PATCHLEVEL {patch}",
                  f"#define LINUX_VERSION_SUBLEVEL {sub}"]
    return "\n".join(lines) + "\n"


def _guard(prefix: str, name: str) -> str:
    base = name.rpartition("/")[2].upper()
    return (prefix + re.sub(r"[^A-Z0-9_]", "_", base)).replace("__", "_")


def _rows(table: str, abis: tuple[str, ...]) -> list[tuple[str, str]]:
    # grep -E: the ABI only has to begin like one of them
    return [(nr, name) for nr, abi, name in _ROW.findall(table) if abi.startswith(abis)]


def _number(text: str) -> int:
    """A number as the shell's arithmetic takes it, which the kernel's scripts use.

    Raises ``ValueError`` for what is none.
    """
    if re.fullmatch(r"0[0-7]+", text):
        return int(text, 8)
    return int(text, 0)


def _by_number(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(rows, key=lambda row: int(row[0]) if row[0].isdigit() else 0)


def _old_x86(row: Table, table: str) -> str:
    guard = _guard("_ASM_X86_", row.name)
    lines = [f"#define __NR_{name} " + (f"({row.offset} + {nr})" if row.offset else nr)
             for nr, name in _by_number(_rows(table, row.abis))]
    return "\n".join([f"#ifndef {guard}", f"#define {guard} 1", "", *lines, "",
                      f"#endif /* {guard} */"]) + "\n"


def _old_powerpc(row: Table, table: str) -> str:
    guard = _guard("_UAPI_ASM_POWERPC_", row.name)
    found = _by_number(_rows(table, row.abis))
    last = _number(found[-1][0]) + 1 if found else 0
    return "\n".join([f"#ifndef {guard}", f"#define {guard}", "",
                      *(f"#define __NR_{name}\t{nr}" for nr, name in found), "",
                      "#ifdef __KERNEL__", f"#define __NR_syscalls\t{last}", "#endif", "",
                      f"#endif /* {guard} */"]) + "\n"


def _old_s390(row: Table, table: str) -> str:
    guard = _guard("__UAPI_ASM_S390_", row.name)
    return "\n".join(["/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */",
                      f"#ifndef {guard}", f"#define {guard}", "",
                      *(f"#define __NR_{name} {int(nr)}"
                        for nr, name in _by_number(_rows(table, row.abis)) if nr.isdigit()),
                      "", f"#endif /* {guard} */"]) + "\n"


def _shared(row: Table, table: str, *, emit: bool) -> str:
    guard = _guard("_UAPI_ASM_", row.name)
    found = _rows(table, row.abis)
    lines = [f"#define __NR_{name} " + (f"({row.offset} + {nr})" if row.offset else nr)
             for nr, name in found]
    if emit:
        last = _number(found[-1][0]) + 1 if found else 1
        lines += ["", "#ifdef __KERNEL__", f"#define __NR_syscalls {last}", "#endif"]
    return "\n".join([f"#ifndef {guard}", f"#define {guard}", "", *lines, "",
                      f"#endif /* {guard} */"]) + "\n"


_OLD = {"x86": _old_x86, "powerpc": _old_powerpc, "s390": _old_s390}


def _more_abis(row: Table, makefile: str) -> tuple[str, ...]:
    """The ABIs that Makefile.syscalls of an architecture adds."""
    number = row.name.rpartition("_")[2].removesuffix(".h")
    return tuple(w for n, words in _ABIS.findall(makefile) if n == number
                 for w in words.split()[:20])


def headers(files: Mapping[str, bytes], srcarch: str) -> dict[str, str]:
    """The generated headers of a tree, by installed name; none that it cannot make."""
    out: dict[str, str] = {}
    makefile = decode(files.get(f"arch/{srcarch}/kernel/Makefile.syscalls", b""))
    for row in TABLES:
        if row.srcarch != srcarch or row.source not in files or row.name in out:
            continue
        if row.name.rpartition("/")[2] not in decode(files.get(row.listed, b"")):
            continue
        table = decode(files[row.source])
        with contextlib.suppress(ValueError):  # what is no number makes no header
            if row.script and row.script in files:
                out[row.name] = _OLD[srcarch](row, table)
            elif SHARED in files and (row.script or makefile):
                abis = (*row.abis, *_more_abis(row, makefile))
                wide = Table(row.srcarch, row.name, row.source, abis, "", row.offset)
                out[row.name] = _shared(wide, table, emit=True)
    if version := version_header(decode(files.get(VERSION_SOURCE, b""))):
        out["linux/version.h"] = version
    return out
