# SPDX-License-Identifier: GPL-2.0-or-later
"""One header -> ``HeaderApi``, for one ABI."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.model import HeaderApi
from harness.uapi import layout, numbers
from harness.uapi.compiler import Compiler

# Unused types must stay in the DWARF, and nothing must be optimised away.
_DEBUG = ("-c", "-g", "-O0", "-w", "-fno-eliminate-unused-debug-types",
          "-fno-eliminate-unused-debug-symbols", "-o", "t.o")


def extract(compiler: Compiler, header: str) -> HeaderApi:
    """Compile the header alone and read what it offers.

    A header that does not compile comes back empty, with ``problem`` saying
    why; whom that is to be held against is decided by comparing.
    """
    source = f"#include <{header}>\n"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        done = compiler.run(source, *_DEBUG, keep=work / "types.o")
        if not done.ok or not (work / "types.o").is_file():
            first = next((s for s in done.said if s.grade != "warning"), None)
            text = f"{first.file}:{first.line}: {first.text}" if first else "the compiler failed"
            return HeaderApi((), {}, frozenset(), {}, frozenset(), {}, problem=text)
        structs, constants, lines = layout.read(work / "types.o", header)
        pre = compiler.run(source, "-E", "-dD")
        macros = numbers.defined_by(pre.output, header)
        values = numbers.evaluate(compiler, header, macros, work)
    return HeaderApi(
        structs=structs, numbers={**constants, **values}, ioctls=numbers.ioctls(macros),
        arity=macros.arity, macros=frozenset(macros.plain), lines={**lines, **macros.lines})
