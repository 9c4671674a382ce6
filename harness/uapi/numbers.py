# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of a header as values, found by compiling and not by reading text."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from harness.uapi.compiler import Compiler, surviving

# What userspace is expected to bring: the size of a page, and what makes ioctl numbers, which
# many headers use in macros without including it (linux/ppdev.h, linux/soundcard.h).
USUAL = ("#ifndef PAGE_SIZE\n#define PAGE_SIZE 4096\n#endif\n"
         "#if __has_include(<linux/ioctl.h>)\n#include <linux/ioctl.h>\n#endif\n")

_DEFINE = re.compile(r"^#define (\w+)(\(([^)]*)\))?(?: (.*))?$")
_UNDEF = re.compile(r"^#undef (\w+)")
_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
_IOCTL = re.compile(r"\b_IO(?:C|R|W|WR)?(?:_BAD)?\s*\(")
_GUARD = re.compile(r"^_*[A-Z0-9_]+_H_*$")
_STRING = re.compile(r'^"(?:[^"\\]|\\.)*"$')


@dataclass
class Macros:
    """The macros of one header: texts, arities, lines; and who else defines what."""

    plain: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    arity: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    visible: dict[str, str] = field(default_factory=dict)
    everywhere: dict[str, str] = field(default_factory=dict)  # calls of every header


def defined_by(preprocessed: str, header: str) -> Macros:
    """Read ``gcc -E -dD``: what was defined while inside ``header``, and elsewhere."""
    macros = Macros()
    file, line, first = "", 0, True
    for text in preprocessed.splitlines():
        if match := _MARKER.match(text):
            file, line = match.group(2), int(match.group(1)) - 1
            continue
        line += 1
        if not text.startswith("#"):
            continue
        inside = file.endswith(f"/{header}")
        if match := _UNDEF.match(text):
            for table in (macros.plain, macros.arity, macros.calls, macros.visible):
                table.pop(match.group(1), None)
        elif (match := _DEFINE.match(text)) and not file.startswith("<"):
            macros.visible[match.group(1)] = file
            if match.group(2) is not None:
                macros.everywhere[match.group(1)] = match.group(4) or ""
            # The first one, if it is empty, guards the header: not all are called ..._H.
            guard = first and match.group(2) is None and not match.group(4) and (
                match.group(1).startswith("_") or "_H" in match.group(1))
            if inside and not guard:
                _define(macros, match, line)
            first = first and not inside
    return macros


def _define(macros: Macros, match: re.Match[str], line: int) -> None:
    name, call, parameters, body = match.groups()
    if not body and call is None and _GUARD.match(name):
        return  # an include guard is nobody's interface
    macros.lines[name] = line
    if call is None:
        macros.plain[name] = body or ""
        macros.arity.pop(name, None)
        return
    count = len([p for p in parameters.split(",") if p.strip()])
    macros.arity[name] = -1 if "..." in parameters else count
    macros.calls[name] = body or ""
    macros.plain.pop(name, None)


def ioctls(macros: Macros) -> frozenset[str]:
    """Names (and calls, ``NAME(1)``) whose text makes an ioctl number.

    Subsystems wrap ``_IOWR`` in macros of their own (DRM_IOWR, AMDKFD_IOWR), which
    may come from another header.
    """
    makers = sorted(n for n, body in macros.everywhere.items() if _IOCTL.search(body))
    wrapped = re.compile(r"\b(?:" + "|".join(makers) + r")\s*\(") if makers else _IOCTL

    def makes(body: str) -> bool:
        return bool(_IOCTL.search(body) or wrapped.search(body))

    return frozenset(n for n, body in macros.plain.items() if makes(body)) | frozenset(
        _call(n, count) for n, count in macros.arity.items() if makes(macros.calls.get(n, "")))


def strings(macros: Macros) -> dict[str, str]:
    """Macros that are string literals: device names and the like."""
    return {n: body for n, body in macros.plain.items() if _STRING.match(body.strip())}


def _call(name: str, count: int) -> str:
    return f"{name}({', '.join('1' for _ in range(count))})"


def evaluate(compiler: Compiler, header: str, macros: Macros, work: Path,
             ) -> tuple[dict[str, int], str]:
    """The values of all macros that are constant expressions, and why they cannot be had, or ""."""
    names = [n for n, body in macros.plain.items()
             if body.strip() and not body.lstrip().startswith('"')]
    names += [_call(n, count) for n, count in macros.arity.items() if 0 < count < 5]
    head = compiler.include(header) + USUAL
    lines = {n: f'__attribute__((section("vals"), used)) const unsigned long long v_{i} = '
                f"(unsigned long long)({n});" for i, n in enumerate(names)}
    good, _ = surviving(compiler, head, lines)
    if not good:
        return {}, ""
    target = work / "values.o"
    done = compiler.run(head + "\n".join(good.values()) + "\n", "-c", "-w", "-o", "t.o",
                        keep=target)
    if not done.ok:
        first = next((s.text for s in done.said if s.grade != "warning"), "the compiler failed")
        return {}, f"the values of its macros cannot be read: {first}"
    found = _values(target)
    return {n: found[i] for i, n in enumerate(names) if i in found}, ""


def _values(path: Path) -> dict[int, int]:
    with path.open("rb") as handle:
        elf = ELFFile(handle)
        section = elf.get_section_by_name("vals")
        table = elf.get_section_by_name(".symtab")
        if section is None or not isinstance(table, SymbolTableSection):
            return {}
        data = section.data()
        order = "<" if elf.little_endian else ">"
        return {
            int(symbol.name.removeprefix("v_")):
                struct.unpack_from(f"{order}q", data, symbol["st_value"])[0]
            for symbol in table.iter_symbols() if symbol.name.startswith("v_")}


def decode_ioctl(value: int) -> str:
    """An ioctl number in words (include/uapi/asm-generic/ioctl.h)."""
    direction = ("_IO", "_IOW", "_IOR", "_IOWR")[(value >> 30) & 3]
    return (f"{direction}(0x{(value >> 8) & 0xFF:02x}, 0x{value & 0xFF:02x}, "
            f"{(value >> 16) & 0x3FFF} bytes)")
