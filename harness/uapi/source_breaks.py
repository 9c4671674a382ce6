# SPDX-License-Identifier: GPL-2.0-or-later
"""Find uses that no longer compile: each use, in each dialect, on its own."""

from __future__ import annotations

import shutil

from harness.model import Finding, HeaderApi, Severity
from harness.uapi import sources
from harness.uapi.context import HeaderContext
from harness.uapi.sides import Pair
from harness.uapi.uses import FIRST, OTHERS, broken_in, changed_uses, names_gone, uses_of

# What a program has usually included before: macros of these can eat a header's names.
_LIBC = ("errno.h", "stdio.h", "stdlib.h", "string.h", "unistd.h", "signal.h", "limits.h",
         "stdint.h", "sys/types.h", "sys/stat.h", "sys/ioctl.h")


def broken(old: HeaderApi, new: HeaderApi, header: str, pair: Pair,
            context: HeaderContext) -> list[Finding]:
    """Uses of the old header that the new one breaks, and what it no longer stands beside."""
    stopped = [*names_gone(old, new), *broken_in(uses_of(old), header, pair, FIRST)]
    fewer = changed_uses(old, new)
    for dialect in OTHERS:
        if shutil.which(dialect.program) is not None:
            stopped += broken_in(fewer, header, pair, dialect)
    findings = [*sources.compare(stopped, old, new, context),
                *sources.includes(old, new, header, context)]
    return findings + _environments(header, pair, context)


def _environments(header: str, pair: Pair, context: HeaderContext) -> list[Finding]:
    """The header after the C library's, and in C++: a name may be a macro or a keyword there."""
    libc = "".join(f"#include <{h}>\n" for h in _LIBC)
    found = []
    for words, dialect, before in (("after the headers of the C library", FIRST, libc),
                                   ("in C++", OTHERS[5], "")):
        if shutil.which(dialect.program) is None:
            continue
        done = [dialect.use(c).run(before + c.include(header), "-fsyntax-only", "-w") for c in pair]
        if done[0].ok and not done[1].ok:
            first = next((s for s in done[1].said if s.grade != "warning"), None)
            found.append(Finding(
                "uapi-source", Severity.ERROR, f"{header} no longer compiles {words}"
                + (f": {first.text}" if first else ""), where=context.where(
                    first.line if first else 0), evidence=f"{dialect.use(pair[1]).words}\n"
                + (f"{first.file}:{first.line}: {first.text}" if first else ""),
                subject=f"{header} {words}"))
    return found
