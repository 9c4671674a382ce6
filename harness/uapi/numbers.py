# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of a header as values, found by compiling and not by reading text."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from elftools.elf.elffile import ELFFile

from harness.uapi import fixed
from harness.uapi.batch import Job
from harness.uapi.compiler import Compiler
from harness.uapi.relocate import UNREADABLE
from harness.uapi.steps import Steps, surviving

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
    forms: dict[str, str] = field(default_factory=dict)  # calls, whatever parameters are called
    arity: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    visible: dict[str, str] = field(default_factory=dict)
    everywhere: dict[str, str] = field(default_factory=dict)  # calls of every header


def defined_by(preprocessed: str, header: str, also: Collection[str] = ()) -> Macros:
    """Read ``gcc -E -dD``: what was defined while inside ``header``, and elsewhere.

    The names of ``also`` count wherever they are defined: they may have moved.
    """
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
            if (inside and not guard) or match.group(1) in also:
                _define(macros, match, line if inside else 0)
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
    macros.arity[name] = -count if "..." in parameters else count
    macros.calls[name] = body or ""
    macros.forms[name] = _formal(body or "", parameters)
    macros.plain.pop(name, None)


def _formal(body: str, parameters: str) -> str:
    """A text with numbers in the place of parameters."""
    names = [p.strip().removesuffix("...").strip() or "__VA_ARGS__" for p in parameters.split(",")]
    numbers = {n: f"${at}" for at, n in enumerate(names) if n}
    return re.sub(r"[A-Za-z_]\w*", lambda m: numbers.get(m.group(), m.group()), body)


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


# What macros with parameters are called with: one after the other and the other way round, so
# that swapped parameters show, small and large; and types, for those that make ioctl numbers.
_ARGUMENTS = (("1", "1", "1", "1", "1", "1"), ("1", "2", "3", "4", "5", "6"),
              ("4", "3", "2", "1", "7", "9"), ("0x59", "0x55", "0x32", "0x10", "0x71", "0x2a"),
              ("1000", "77", "12", "5", "900", "31"),
              ("0x12345678", "0x2bcdef01", "0x3456789a", "0x4f012345", "0x56789abc", "0x6789abcd"),
              ("0x123456789abcdef0ull", "0x2bcdef0123456789ull", "0x3456789abcdef012ull",
               "0x456789abcdef0123ull", "0x56789abcdef01234ull", "0x6789abcdef012345ull"),
              ("1 + 2", "3 + 4", "5 + 6", "7 + 8", "9 + 1", "2 + 3"),
              ("0", "0", "0", "0", "0", "0"))
_TYPES = ("int", "long long")


def accepts(arity: int, count: int) -> bool:
    """Whether a macro takes so many arguments; gcc lets those behind the named ones away."""
    return arity == count if arity >= 0 else count >= -arity - 1


def calls(arity: Mapping[str, int]) -> list[str]:
    """Calls of macros with up to six parameters, or with any number behind the named ones."""
    found = []
    for name, count in arity.items():
        if count < 1:
            more = range(-count - 1, min(-count + 3, len(_ARGUMENTS[1]))) if count else (0,)
            found += [f"{name}({', '.join(_ARGUMENTS[1][:n])})" for n in more]
        if not 0 < count < 7:
            continue
        rows = [row[:count] for row in _ARGUMENTS]
        rows += [(*_ARGUMENTS[1][:at], kind, *_ARGUMENTS[1][at + 1:count])
                 for at in range(count) for kind in _TYPES]
        found += list(dict.fromkeys(f"{name}({', '.join(row)})" for row in rows))
    return found


# How a compiler names the types that the value of a macro can have.
_KINDS = ("int", "unsigned int", "long int", "long unsigned int", "long long int",
          "long long unsigned int", "char", "signed char", "unsigned char", "short int",
          "short unsigned int", "_Bool")
_KIND_OF = ("_Generic(({}), " + ", ".join(f"{k}: {n}" for n, k in enumerate(_KINDS, 1))
            + ", default: 0)")


# Programs bring the size of a page, and kernels have others than the usual one.
PAGES = 65536
_PAGE_SIZE = re.compile(r"\bPAGE_SIZE\b")
_ALIGNED = "__alignof__({})"


@dataclass(frozen=True, slots=True)
class Values:
    """The values of macros and calls, and their C types; ``problem``: why there are none."""

    numbers: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    aligned: dict[str, int] = field(default_factory=dict)  # bytes, by type
    paged: dict[str, int] = field(default_factory=dict)  # macros of PAGE_SIZE, where it is PAGES
    problem: str = ""
    useless: dict[str, str] = field(default_factory=dict)  # no constants, with their texts
    fixed: dict[str, str] = field(default_factory=dict)  # the same everywhere, with their texts


NOTHING = Values()


def evaluate(compiler: Compiler, header: str, macros: Macros, work: Path,
             types: Collection[str] = (), *, guide: Values = NOTHING) -> Steps[Values]:
    """The values of all macros that are constant expressions, and the alignment of types.

    ``guide``: what is known of another version. Of what is no constant there, or the same number
    everywhere, nothing is asked while its text is the same.
    """
    texts = {n: body for n, body in macros.plain.items()
             if body.strip() and not body.lstrip().startswith('"')}
    texts |= {n: macros.calls.get(n.partition("(")[0], "") for n in calls(macros.arity)}
    always = fixed.texts(texts, macros.plain, macros.forms, frozenset(
        n for n, file in macros.visible.items() if file.endswith(f"/{header}")))
    known = {n for n, text in always.items() if guide.fixed.get(n) == text and n in guide.numbers}
    names = [n for n, body in texts.items() if guide.useless.get(n) != body and n not in known]
    names += [_ALIGNED.format(t) for t in types]
    pages = {n: _PAGE_SIZE.sub(str(PAGES), body) for n, body in macros.plain.items()
             if _PAGE_SIZE.search(body) and n in names}
    names += [p for p in dict.fromkeys(pages.values()) if p not in names]
    head = compiler.include(header) + USUAL
    # In a function each: of an undeclared name gcc speaks once in each, and once in a file.
    lines = {n: f'void f_{i}(void) {{ __attribute__((section("vals"), used)) static const struct '
                f"{{ unsigned long long o, i, v, k; }} v = {{ {_OURS}, {i}, "
                f"(unsigned long long)({n}), {_KIND_OF.format(n)} }}; }}"
             for i, n in enumerate(names)}
    target = work / "values.o"
    good, bad = (yield from surviving(compiler, head, lines, keep=target)) if lines else ({}, {})
    none = {n: texts[n] for n in bad if n in texts}
    if good and not target.is_file():
        return Values(problem="the values of its macros cannot be read: the compiler failed")
    try:
        found = _values(target) if good else {}
    except UNREADABLE as error:
        return Values(problem=f"the values of its macros cannot be read: {type(error).__name__}")
    # what is of no integer type is an address or a fraction: it has no value here
    values = {n: found[i][0] for i, n in enumerate(names) if i in found and found[i][1]}
    paged = {n: values[p] for n, p in pages.items() if p in values}
    for text in pages.values():
        values.pop(text, None)
    aligned = {t: values.pop(n) for t in types if (n := _ALIGNED.format(t)) in values}
    kinds = {n: _KINDS[kind - 1] for i, n in enumerate(names)
             if n in values and 0 < (kind := found[i][1]) <= len(_KINDS)}
    values |= {n: guide.numbers[n] for n in known}
    return Values({n: values[n] for n in texts if n in values},
                  kinds | {n: guide.kinds[n] for n in known if n in guide.kinds}, aligned,
                  paged=paged, useless=none, fixed={n: always[n] for n in always if n in values})


def compared_by_if(compiler: Compiler, header: str, known: Mapping[str, int],
                   ) -> Steps[frozenset[str]]:
    """Macros that have their value in ``#if`` too: no cast, no sizeof, no enum constant."""
    head = compiler.include(header) + USUAL
    start = head.count("\n") + 1
    text = head + "".join(f"#if ({n}) != ({v})\n#error no\n#endif\n" for n, v in known.items())
    (done,) = yield [Job(compiler, text, ("-E", "-P", "-w"))]
    wrong = {(s.line - start) // 3 for s in done.said
             if s.file == "t.c" and s.grade != "warning" and s.line >= start}
    return frozenset(n for i, n in enumerate(known) if i not in wrong)


_OURS = 0x6861726E65737321  # what else a header puts there is none
_ROW = 32  # bytes: four integers of 64 bits, so that none aligns it to more than its size


def _values(path: Path) -> dict[int, tuple[int, int]]:
    """Value and kind of each macro, by its number."""
    with path.open("rb") as handle:
        elf = ELFFile(handle)
        section = elf.get_section_by_name("vals")
        if section is None:
            return {}
        data = section.data()
        order = "<" if elf.little_endian else ">"
        rows = struct.iter_unpack(f"{order}qqqq", data[:len(data) // _ROW * _ROW])
        return {number: (value, kind) for ours, number, value, kind in rows if ours == _OURS}


_ENUMERATOR = re.compile(r"(?:^|[{,])\s*(\w+)\s*=\s*\(?\s*([A-Za-z_]\w*)\s*\)?\s*(?=[,}/]|$)",
                         re.MULTILINE)
_NAME = re.compile(r"\(*\s*([A-Za-z_]\w*)\s*\)*")


def aliases(plain: Mapping[str, str], text: str) -> dict[str, str]:
    """Names that are defined as another name, by a macro or in an enum of the header's text."""
    found = {n: m.group(1) for n, body in plain.items()
             if (m := _NAME.fullmatch(body.strip())) and m.group(1) != n}
    return {**dict(_ENUMERATOR.findall(text)), **found}


def original(name: str, known: Mapping[str, str]) -> str:
    """What a name stands for in the end."""
    seen = {name}
    while (target := known.get(name)) is not None and target not in seen:
        seen.add(target)
        name = target
    return name


def decode_ioctl(value: int) -> str:
    """An ioctl number in words (include/uapi/asm-generic/ioctl.h)."""
    direction = ("_IO", "_IOW", "_IOR", "_IOWR")[(value >> 30) & 3]
    return (f"{direction}(0x{(value >> 8) & 0xFF:02x}, 0x{value & 0xFF:02x}, "
            f"{(value >> 16) & 0x3FFF} bytes)")
