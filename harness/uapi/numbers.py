# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of a header as values, found by compiling and not by reading text."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from harness.uapi.compiler import Compiler, surviving

_DEFINE = re.compile(r"^#define (\w+)(\(([^)]*)\))?(?: (.*))?$")
_UNDEF = re.compile(r"^#undef (\w+)")
_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_IOCTL = re.compile(r"\b_IO(?:C|R|W|WR)?(?:_BAD)?\s*\(")


class Macros:
    """The macros that one header defines itself: texts, arities and lines."""

    def __init__(self) -> None:
        self.plain: dict[str, str] = {}
        self.arity: dict[str, int] = {}
        self.lines: dict[str, int] = {}


def defined_by(preprocessed: str, header: str) -> Macros:
    """Read ``gcc -E -dD``: what was defined while inside ``header``."""
    macros = Macros()
    inside, line = False, 0
    for text in preprocessed.splitlines():
        if match := _MARKER.match(text):
            inside, line = match.group(2).endswith("/" + header), int(match.group(1)) - 1
            continue
        line += 1
        if not inside:
            continue
        if match := _UNDEF.match(text):
            macros.plain.pop(match.group(1), None)
            macros.arity.pop(match.group(1), None)
        elif match := _DEFINE.match(text):
            name, call, parameters, body = match.groups()
            macros.lines[name] = line
            if call is None:
                macros.plain[name] = body or ""
            else:
                count = len([p for p in parameters.split(",") if p.strip()])
                macros.arity[name] = -1 if "..." in parameters else count
    return macros


def ioctls(macros: Macros) -> frozenset[str]:
    """Macros whose text makes an ioctl number."""
    return frozenset(n for n, body in macros.plain.items() if _IOCTL.search(body))


def evaluate(compiler: Compiler, header: str, macros: Macros, work: Path) -> dict[str, int]:
    """The values of all object-like macros that are constant expressions."""
    # PAGE_SIZE is the one kernel constant that userspace is expected to bring.
    head = f"#include <{header}>\n#ifndef PAGE_SIZE\n#define PAGE_SIZE 4096\n#endif\n"
    lines = {n: f'__attribute__((section("vals"), used)) const unsigned long long v_{n} = '
                f"(unsigned long long)({n});"
             for n, body in macros.plain.items() if body.strip()}
    good, _ = surviving(compiler, head, lines)
    if not good:
        return {}
    target = work / "values.o"
    done = compiler.run(head + "\n".join(good.values()) + "\n", "-c", "-w", "-o", "t.o",
                        keep=target)
    return _values(target) if done.ok else {}


def _values(path: Path) -> dict[str, int]:
    with path.open("rb") as handle:
        elf = ELFFile(handle)
        section = elf.get_section_by_name("vals")
        table = elf.get_section_by_name(".symtab")
        if section is None or not isinstance(table, SymbolTableSection):
            return {}
        data = section.data()
        order = "<" if elf.little_endian else ">"
        return {
            symbol.name.removeprefix("v_"):
                struct.unpack_from(f"{order}q", data, symbol["st_value"])[0]
            for symbol in table.iter_symbols() if symbol.name.startswith("v_")}


def decode_ioctl(value: int) -> str:
    """An ioctl number in words (include/uapi/asm-generic/ioctl.h)."""
    direction = ("_IO", "_IOW", "_IOR", "_IOWR")[(value >> 30) & 3]
    return (f"{direction}(0x{(value >> 8) & 0xFF:02x}, 0x{value & 0xFF:02x}, "
            f"{(value >> 16) & 0x3FFF} bytes)")
