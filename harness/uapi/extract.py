# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> ``HeaderApi``, for one ABI."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection
from pathlib import Path

from harness.model import HeaderApi
from harness.uapi import dwarf, numbers
from harness.uapi.batch import Job, Steps, drive
from harness.uapi.compiler import Compiler
from harness.uapi.relocate import UNREADABLE

# Unused types must stay in the DWARF, and nothing must be optimised away.
_DEBUG = ("-c", "-g", "-O0", "-w", "-fno-eliminate-unused-debug-types",
          "-fno-eliminate-unused-debug-symbols", "-o", "t.o")
_FIRST_WORD = re.compile(r"[ \t{]*([A-Za-z_]\w*)")
_KEEP = ("-fkeep-inline-functions", "-fkeep-static-functions")
_INLINE = re.compile(r"^(?:static|extern)\s+(?:__)?inline(?:__)?\b[^;{]*?\b(\w+)\s*\(",
                     re.MULTILINE)


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


def extracting(compiler: Compiler, header: str, text: str, also: Collection[str] = (),
               note: set[str] | None = None) -> Steps[HeaderApi]:
    """``extract``, one batch of compilations after the other.

    ``note`` gets the names that the header defines as soon as they are known: for ``also`` of
    another one that goes on beside it.
    """
    source = compiler.include(header)
    keep = _KEEP if _INLINE.search(text) or any(n.endswith("()") for n in also) else ()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        done, pre = yield [Job(compiler, source, (*_DEBUG, *keep), work / "types.o"),
                           Job(compiler, source, ("-E", "-dD"))]
        if not done.ok or not (work / "types.o").is_file():
            first = next((s for s in done.said if s.grade != "warning"), None)
            why = f"{first.file}:{first.line}: {first.text}" if first else "the compiler failed"
            return _nothing(why)
        try:
            types = dwarf.read(work / "types.o", header, also)
        except UNREADABLE as error:
            return _nothing(f"its debug information cannot be read: {type(error).__name__}")
        macros = numbers.defined_by(pre.output, header, also)
        if note is not None:
            note.update(_names(types, macros))
        values = yield from numbers.evaluate(compiler, header, macros, work)
        if values.problem:
            return _nothing(values.problem)
    return HeaderApi(
        structs=tuple(types.layouts.values()), numbers={**types.constants, **values.numbers},
        ioctls=numbers.ioctls(macros), arity=macros.arity, macros=frozenset(macros.plain),
        lines={**types.lines, **_lines(types.constants, text), **macros.lines},
        strings=numbers.strings(macros),
        functions=types.functions, visible={**types.visible, **macros.visible},
        kinds=values.kinds, aliases=numbers.aliases(macros.plain, text), enums=types.enums,
        bodies={**macros.plain, **macros.calls})


def _lines(constants: Collection[str], text: str) -> dict[str, int]:
    """The line of each enum constant that begins one: DWARF has that of the enum."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word = _FIRST_WORD.match(line)
        if word and word.group(1) in constants:
            found.setdefault(word.group(1), number)
    return found


def _nothing(problem: str) -> HeaderApi:
    """A header of which nothing is known, and why."""
    return HeaderApi((), {}, frozenset(), {}, frozenset(), {}, problem=problem)
