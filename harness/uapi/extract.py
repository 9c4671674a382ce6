# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> ``HeaderApi``, for one ABI."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from harness.model import HeaderApi
from harness.uapi import dwarf, numbers
from harness.uapi.compiler import Compiler

# Unused types must stay in the DWARF, and nothing must be optimised away.
_DEBUG = ("-c", "-g", "-O0", "-w", "-fno-eliminate-unused-debug-types",
          "-fno-eliminate-unused-debug-symbols", "-o", "t.o")
_INLINE = re.compile(r"^(?:static|extern)\s+(?:__)?inline(?:__)?\b[^;{]*?\b(\w+)\s*\(",
                     re.MULTILINE)


def extract(compiler: Compiler, header: str, text: str) -> HeaderApi:
    """Compile the header alone and read what it offers; ``text`` is its source.

    A header that does not compile comes back empty, with ``problem`` saying
    why; whom that is to be held against is decided by comparing.
    """
    source = compiler.include(header)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        done = compiler.run(source, *_DEBUG, keep=work / "types.o")
        if not done.ok or not (work / "types.o").is_file():
            first = next((s for s in done.said if s.grade != "warning"), None)
            why = f"{first.file}:{first.line}: {first.text}" if first else "the compiler failed"
            return _nothing(why)
        types = dwarf.read(work / "types.o", header)
        pre = compiler.run(source, "-E", "-dD")
        macros = numbers.defined_by(pre.output, header)
        values, problem = numbers.evaluate(compiler, header, macros, work)
        if problem:
            return _nothing(problem)
    return HeaderApi(
        structs=tuple(types.layouts.values()), numbers={**types.constants, **values},
        ioctls=numbers.ioctls(macros), arity=macros.arity, macros=frozenset(macros.plain),
        lines={**types.lines, **macros.lines}, strings=numbers.strings(macros),
        functions=frozenset(_INLINE.findall(text)),
        visible={**types.visible, **macros.visible})


def _nothing(problem: str) -> HeaderApi:
    """A header of which nothing is known, and why."""
    return HeaderApi((), {}, frozenset(), {}, frozenset(), {}, problem=problem)
