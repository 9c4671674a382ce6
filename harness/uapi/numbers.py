# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of a header as values, found by compiling and not by reading text."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.uapi import fixed
from harness.uapi.batch import Job
from harness.uapi.compiler import Compiler
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
_WORDS = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known before anything is compiled.

    ``guide`` are the values of another version, in any ABI: what is no constant there, or the same
    number everywhere, is so here while its text is the same. ``held`` are those of the other
    version in the same ABI, ``affected`` the names that may mean something else here.
    """

    guide: Values = NOTHING
    held: Values = NOTHING
    affected: frozenset[str] | None = None

    def same(self, text: str) -> bool:
        """Whether an expression means the same in both versions."""
        return self.affected is not None and self.affected.isdisjoint(_WORDS.findall(text))


def evaluate(compiler: Compiler, header: str, macros: Macros, work: Path,
             types: Collection[str] = (), *, told: Told | None = None) -> Steps[Values]:
    """The values of all macros that are constant expressions, and the alignment of types."""
    texts = {n: body for n, body in macros.plain.items()
             if body.strip() and not body.lstrip().startswith('"')}
    texts |= {n: macros.calls.get(n.partition("(")[0], "") for n in calls(macros.arity)}
    always = fixed.texts(texts, macros.plain, macros.forms, frozenset(
        n for n, file in macros.visible.items() if file.endswith(f"/{header}")))
    told = told or Told()
    guide, held = told.guide, told.held
    known = {n: guide for n, text in always.items()
             if guide.fixed.get(n) == text and n in guide.numbers}
    known |= {n: held for n in texts if n in held.numbers and told.same(n)}
    useless = {n: body for n, body in texts.items() if guide.useless.get(n) == body or (
        n in held.useless and told.same(n))}
    aligned = {t: held.aligned[t] for t in types if t in held.aligned and told.same(t)}
    pages = {n: _PAGE_SIZE.sub(str(PAGES), body) for n, body in macros.plain.items()
             if _PAGE_SIZE.search(body) and n in texts and n not in useless}
    paged = {n: held.paged[n] for n in pages if n in held.paged and told.same(n)}
    names = [n for n in texts if n not in useless and n not in known]
    names += [_ALIGNED.format(t) for t in types if t not in aligned]
    names += [p for p in dict.fromkeys(p for n, p in pages.items() if n not in paged)
              if p not in names]
    head = compiler.include(header) + USUAL
    # In a function each: of an undeclared name gcc speaks once in each, and once in a file.
    lines = {n: f'void f_{i}(void) {{ __attribute__((section("vals"), used)) static const struct '
                f"{{ unsigned long long o, i, v, k; }} v = {{ {_MARK}, {i}, "
                f"(unsigned long long)({n}), {_KIND_OF.format(n)} }}; }}"
             for i, n in enumerate(names)}
    target = work / "values.o"
    good, bad = (yield from surviving(compiler, head, lines, keep=target)) if lines else ({}, {})
    if good and not target.is_file():
        return Values(problem="the values of its macros cannot be read: the compiler failed")
    found = _values(target) if good else {}
    # what is of no integer type is an address or a fraction: it has no value here
    values = {n: found[i][0] for i, n in enumerate(names) if i in found and found[i][1]}
    paged |= {n: values[p] for n, p in pages.items() if p in values}
    for text in pages.values():
        values.pop(text, None)
    aligned |= {t: values.pop(n) for t in types if (n := _ALIGNED.format(t)) in values}
    kinds = {n: _KINDS[kind - 1] for i, n in enumerate(names)
             if n in values and 0 < (kind := found[i][1]) <= len(_KINDS)}
    values |= {n: where.numbers[n] for n, where in known.items()}
    kinds |= {n: where.kinds[n] for n, where in known.items() if n in where.kinds}
    return Values({n: values[n] for n in texts if n in values}, kinds, aligned, paged=paged,
                  useless={n: texts[n] for n in bad if n in texts} | useless,
                  fixed={n: always[n] for n in always if n in values})


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


_MARK = int.from_bytes(b"harness!", "big")
_OURS = _MARK.to_bytes(8, "big")  # begins a row, in the order of the machine's bytes
_ROW = re.compile(b"(?s)(?:" + _OURS + b"|" + _OURS[::-1] + b")(.{24})")


def _values(path: Path) -> dict[int, tuple[int, int]]:
    """Value and kind of each macro, by its number.

    A row is four integers of 64 bits, so that none aligns it to more than its size; what else a
    header puts there is none.
    """
    data = path.read_bytes()
    order = ">" if data[5:6] == b"\2" else "<"  # EI_DATA of ELF
    rows = (struct.unpack(f"{order}qqq", row) for row in _ROW.findall(data))
    return {number: (value, kind) for number, value, kind in rows}


def decode_ioctl(value: int) -> str:
    """An ioctl number in words (include/uapi/asm-generic/ioctl.h)."""
    direction = ("_IO", "_IOW", "_IOR", "_IOWR")[(value >> 30) & 3]
    return (f"{direction}(0x{(value >> 8) & 0xFF:02x}, 0x{value & 0xFF:02x}, "
            f"{(value >> 16) & 0x3FFF} bytes)")
