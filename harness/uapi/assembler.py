# SPDX-License-Identifier: GPL-2.0-or-later
"""A header as assembler files include it: with __ASSEMBLER__, and __ASSEMBLY__ as the kernel does.

Programs that are written in assembler take numbers from headers that keep C out of their way.
"""

from __future__ import annotations

import re

from harness.model import Finding, Severity
from harness.uapi import batch
from harness.uapi.batch import CompileResult, Job
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import Pair
from harness.uapi.macros import listed

FLAGS = ("-x", "assembler-with-cpp", "-D__ASSEMBLY__")
_ASKED = re.compile(r"__ASSEMBL(?:Y|ER)__")
_MACRO = re.compile(r"(?m)^#define (\w+)(?:\([^)]*\))?(?: (.*))?$")
_MOST = 10  # names in a message


def compare(header: str, pair: Pair, text: str, context: HeaderContext, offers: frozenset[str],
            ) -> list[Finding]:
    """What assembler had of the old header (``text``) and has no more of the new one.

    ``offers`` are the macros that C has of the new one: what is gone there too is said there. A
    header that does not ask for assembler was never meant for it.
    """
    if not _ASKED.search(text):
        return []
    (one, names), (two, now) = (_asked(c, header) for c in pair)
    if not one.ok:
        return []
    if not two.ok:
        first = two.error
        return [Finding(
            "uapi-header", Severity.ERROR, f"{header} can no longer be included by assembler"
            + (f": {first.text}" if first else ""), where=context.where(
                first.line_in(header) if first else 0),
            evidence=f"{pair[1].program} {' '.join(FLAGS)}\n{first or ''}",
            subject=f"{header} assembler")]
    lost = [n for n in names if n not in now]
    gone = [n for n in lost if n in offers]
    had = _c_names(pair[0], header) if len(gone) < len(lost) else {}
    only = [n for n in lost if n not in offers and n not in had]
    found = []
    for missing, why in ((gone, "assembler has it no more, C still does"),
                         (only, "assembler has it no more")):
        if missing:
            found.append(Finding(
                "uapi-source", Severity.ERROR, f"{listed(missing)}: {why}",
                where=context.where(0), evidence="\n".join(missing[:_MOST]),
                subject=f"{missing[0]} assembler"))
    differ = [n for n in names if n in now and names[n] != now[n] and n not in offers]
    if differ:
        found.append(Finding(
            "uapi-value", Severity.ERROR, f"{differ[0]}: {names[differ[0]]} -> {now[differ[0]]} "
            "in assembler: old binaries use the old value", where=context.where(0),
            evidence="\n".join(f"{n} {names[n]} -> {now[n]}" for n in differ[:_MOST]),
            subject=f"{differ[0]} assembler"))
    return found


def _asked(compiler: Compiler, header: str) -> tuple[CompileResult, dict[str, str]]:
    """Whether a header assembles, and its macros there."""
    source = compiler.include(header)
    done, macros = batch.run_all([Job(compiler, source, (*FLAGS, "-c", "-o", "t.o")),
                                  Job(compiler, source, (*FLAGS, "-E", "-dM"))])
    return done, _macros(macros)


def _c_names(compiler: Compiler, header: str) -> dict[str, str]:
    return _macros(batch.run_all([Job(compiler, compiler.include(header), ("-E", "-dM"))])[0])


def _macros(done: CompileResult) -> dict[str, str]:
    return {name: body for name, body in _MACRO.findall(done.output)
            if not name.startswith("__")}
