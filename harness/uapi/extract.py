# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> ``HeaderApi``, for one ABI."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.model import HeaderApi
from harness.system import scratch
from harness.uapi import affected, aliases, dwarf, numbers
from harness.uapi.batch import Job
from harness.uapi.compiler import Compiler
from harness.uapi.relocate import UNREADABLE
from harness.uapi.steps import Steps, drive

# Unused types must stay in the DWARF, and nothing must be optimised away.
_DEBUG = ("-c", "-g", "-O0", "-w", "-fno-eliminate-unused-debug-types",
          "-fno-eliminate-unused-debug-symbols", "-o", "t.o")
_FIRST_WORD = re.compile(r"[ \t{]*([A-Za-z_]\w*)")
_MACHINE = re.compile(r"__i386|__x86_64|__ILP32|_LP64|__BITS_PER_LONG|__WORDSIZE|__SIZEOF_")
_KEEP = ("-fkeep-inline-functions", "-fkeep-static-functions")
_INLINE = re.compile(r"^(?:static|extern)\s+(?:__)?inline(?:__)?\b[^;{]*?\b(\w+)\s*\(",
                     re.MULTILINE)


def of_the_machine(text: str) -> bool:
    """Whether a header offers something else to programs of 32 bits."""
    return _MACHINE.search(text) is not None


def has_inline(text: str) -> bool:
    """Whether a header has inline functions."""
    return _INLINE.search(text) is not None


def _names(types: dwarf.Types, macros: numbers.Macros) -> set[str]:
    """All that a header itself defines, as ``extract`` takes it for ``also``."""
    return {*types.layouts, *(f"{n}()" for n in types.functions), *types.enums, *macros.plain,
            *macros.arity}


def extract(compiler: Compiler, header: str, text: str, also: Collection[str] = (),
            ) -> HeaderApi:
    """Compile the header alone and read what it offers; ``text`` is its source.

    What the names of ``also`` are is looked up in the headers that it includes, too: what a
    header offers is what including it offers. A header that does not compile comes back empty,
    with ``problem`` saying why; whom that is to be held against is decided by comparing.
    """
    return drive(extracting(compiler, header, text, also))[0]


@dataclass
class Known:
    """What one extraction tells another that goes on beside it.

    ``names`` are those that the old header defines; ``preprocessed`` is the text with all macros,
    for the other ABIs of the same version. ``values`` are those of its macros: None until they
    are known. ``inline``: whether functions are looked for that its own text has not.
    """

    names: set[str] = field(default_factory=set)
    preprocessed: str | None = None
    values: numbers.Values | None = None
    inline: bool = False


def extracting(compiler: Compiler, header: str, text: str, also: Collection[str] = (),
               *, known: Known | None = None, lend: Known | None = None,
               guide: Known | None = None, held: Known | None = None) -> Steps[HeaderApi]:
    """``extract``, one batch of compilations after the other.

    ``known`` gets what is found out. Where ``lend`` is given, and nothing in the header depends
    on the machine, its macros are taken and not asked for once more: whoever fills it has to be
    driven before. Macros of which ``guide`` comes to know what they are everywhere, or that they
    are no constants, are not tried here; it is waited for. ``held`` is the other version in the
    same ABI: what is not affected by how they differ has the value that it has there.
    """
    known = known or Known()
    try:
        return (yield from _extracting(compiler, header, text, also, (known, lend, guide, held)))
    finally:
        known.values = known.values or numbers.NOTHING


def _extracting(compiler: Compiler, header: str, text: str, also: Collection[str],
                others: tuple[Known, Known | None, Known | None, Known | None],
                ) -> Steps[HeaderApi]:
    known, lend, guide, held = others
    borrows = lend is not None and not _MACHINE.search(text)
    source = compiler.include(header)
    keep = _KEEP if known.inline or has_inline(text) or any(
        n.endswith("()") for n in also) else ()
    with scratch.folder() as name:
        work = Path(name)
        done, *rest = yield [
            Job(compiler, source, (*_DEBUG, *keep), work / "types.o"),
            *([] if borrows else [Job(compiler, source, ("-E", "-dD"))])]
        pre = rest[0].output if rest else lend.preprocessed if lend else None
        if pre is None:
            return HeaderApi(problem="its macros are not known")
        known.preprocessed = pre
        if not done.ok or not (work / "types.o").is_file():
            return HeaderApi(problem=done.why)
        try:
            types = dwarf.read(work / "types.o", header, also)
        except UNREADABLE as error:
            return HeaderApi(
                problem=f"its debug information cannot be read: {type(error).__name__}")
        macros = numbers.defined_by(pre, header, also)
        known.names |= _names(types, macros)
        for one in (guide, held):
            while one is not None and one.values is None:
                yield []
        difference = (affected.compare(held.preprocessed, pre)
                      if held and held.preprocessed else None)
        values = yield from numbers.evaluate(
            compiler, header, macros, work, types.layouts, told=numbers.Told(
                guide.values if guide and guide.values else numbers.NOTHING,
                held.values if held and held.values else numbers.NOTHING,
                difference.names if difference else None))
        known.values = values
        if values.problem:
            return HeaderApi(problem=values.problem)
    return HeaderApi(
        structs=tuple(replace(t, align=values.aligned.get(n, t.align))  # packed is not in DWARF
                      for n, t in types.layouts.items()),
        numbers={**types.constants, **values.numbers},
        ioctls=numbers.ioctls(macros), arity=macros.arity, macros=frozenset(macros.plain),
        lines={**types.lines, **_lines(types.constants, text), **macros.lines},
        strings=numbers.strings(macros),
        functions=types.functions, visible={**types.visible, **macros.visible},
        kinds=values.kinds, paged=values.paged, aliases=aliases.aliases(macros.plain, text),
        enums=types.enums, tags=types.tags,
        bodies={**macros.plain, **macros.calls}, forms=macros.forms, difference=difference)


def _lines(constants: Collection[str], text: str) -> dict[str, int]:
    """The line of each enum constant that begins one: DWARF has that of the enum."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word = _FIRST_WORD.match(line)
        if word and word.group(1) in constants:
            found.setdefault(word.group(1), number)
    return found
