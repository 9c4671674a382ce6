# SPDX-License-Identifier: GPL-2.0-or-later
"""One header, before and after, in every ABI and dialect."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import NATIVE, Abi
from harness.model import Finding, HeaderApi, Severity
from harness.system.sandbox import Sandbox
from harness.uapi import exporting, layouts, prelude, sources, values
from harness.uapi.compiler import Compiler
from harness.uapi.consumers import FIRST, OTHERS, broken_in, changed_uses, names_gone, uses_of
from harness.uapi.context import Context
from harness.uapi.extract import extract
from harness.uapi.result import Comparison, UapiResult

# What a program has usually included before: macros of these can eat a header's names.
_LIBC = ("errno.h", "stdio.h", "stdlib.h", "string.h", "unistd.h", "signal.h", "limits.h",
         "stdint.h", "sys/types.h", "sys/stat.h", "sys/ioctl.h")


@dataclass(frozen=True, slots=True)
class Sides:
    """Both versions of the headers, in memory and on disk."""

    sandbox: Sandbox
    before: Mapping[str, str]
    after: Mapping[str, str]
    old_dir: Path
    new_dir: Path
    abis: tuple[Abi, ...]

    def pair(self, abi: Abi) -> tuple[Compiler, Compiler]:
        """The compilers of both versions."""
        return (Compiler(self.sandbox, self.old_dir, abi.flags, abi.program),
                Compiler(self.sandbox, self.new_dir, abi.flags, abi.program))


def differs(sides: Sides, header: str) -> bool:
    """Whether an unchanged header offers something else than before."""
    if header not in sides.before or header not in sides.after:
        return True
    for abi in sides.abis:
        old, new = (extract(c, header, sides.before[header]) for c in sides.pair(abi))
        if old.problem or new.problem:
            return True  # it may stand on what comes before it: that is tried in full
        if (old.structs, old.numbers, old.arity) != (new.structs, new.numbers, new.arity):
            return True
    return False


def _affects(old: HeaderApi, new: HeaderApi) -> bool:
    """Whether anything that the header offered is gone or is something else."""
    after = {s.name: (s.size, s.align, s.members) for s in new.structs}
    return (any(after.get(s.name) != (s.size, s.align, s.members) for s in old.structs)
            or any(new.numbers.get(n) != v for n, v in old.numbers.items())
            or any(new.arity.get(n) != c for n, c in old.arity.items())
            or bool(old.macros - new.macros) or bool(set(old.visible) - set(new.visible)))


def compare(sides: Sides, header: str, path: str) -> UapiResult:
    """Everything about one header; ``path`` is where it is in the tree."""
    if header not in sides.before:
        return _new(sides, header, path)
    if header not in sides.after:
        return UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it no longer "
            "compiles", where=path, subject=f"{header} gone"),),
            tuple(Comparison(header, path, abi.name) for abi in sides.abis), affects=True)
    findings: list[Finding] = []
    rows: list[Comparison] = []
    apis: dict[str, tuple[HeaderApi, HeaderApi]] = {}
    for abi in sides.abis:
        pair, old = _old(sides, header, abi)
        if old.problem:
            rows.append(_not_compared(header, path, abi, old.problem))
            continue
        found, new = _in_abi(sides, header, Context(path, abi.name), (pair, old),
                             first=not apis and abi.program == "gcc")
        rows.append(Comparison(header, path, abi.name))
        findings += found
        if not new.problem:
            apis[abi.name] = (old, new)
    findings += exporting.texts(sides.before[header], sides.after[header], path)
    findings += exporting.c90(header, path, sides.pair(sides.abis[0]))
    wide, narrow = (apis.get(abi.name) for abi in NATIVE)
    if wide and narrow:
        findings += layouts.compat(*wide, *narrow, Context(path, NATIVE[0].name))
    one = next(iter(apis.values()), None)
    return UapiResult(
        tuple(findings), tuple(rows),
        frozenset(one[1].numbers) - frozenset(one[0].numbers) if one else frozenset(),
        affects=len(apis) < len(sides.abis) or any(_affects(*a) for a in apis.values()),
        layouts=layouts.differing(*one) if one else ())


def _old(sides: Sides, header: str, abi: Abi) -> tuple[tuple[Compiler, Compiler], HeaderApi]:
    """The compilers, after what the header needs before it, and what the old one offers."""
    one, two = sides.pair(abi)
    old = extract(one, header, sides.before[header])
    if old.problem and (lines := prelude.needed(one, header)):
        one, two = replace(one, before=lines), replace(two, before=lines)
        old = extract(one, header, sides.before[header])
    return (one, two), old


def _in_abi(sides: Sides, header: str, context: Context,
            known: tuple[tuple[Compiler, Compiler], HeaderApi], *, first: bool,
            ) -> tuple[list[Finding], HeaderApi]:
    """What changed in one ABI, and what the new header offers there."""
    pair, old = known
    new = extract(pair[1], header, sides.after[header])
    if new.problem:
        return [Finding(
            "uapi-header", Severity.ERROR, f"{header} no longer compiles by itself "
            f"({context.abi})", where=context.path, evidence=new.problem,
            subject=f"{header} broken")], new
    findings = [*layouts.compare(old, new, context), *values.compare(old, new, context),
                *layouts.padding_used(old, new, context)]
    if first:  # source does not depend on the ABI
        findings += _source(old, new, header, pair, context)
    return findings, new


def _not_compared(header: str, path: str, abi: Abi, why: str) -> Comparison:
    lacking = "stubs-32.h" in why or "No such file" in why
    return Comparison(header, path, abi.name, f"does not compile before the series: {why}",
                      f"apt-get install {abi.package}" if lacking else "")


def _new(sides: Sides, header: str, path: str) -> UapiResult:
    """Whether a header that was not there before compiles, and would be exported."""
    findings = list(exporting.texts(None, sides.after[header], path))
    rows = []
    for abi in sides.abis:
        new = sides.pair(abi)[1]
        lines = prelude.needed(new, header)
        why = prelude.why_not(new, header) if lines != "" else ""
        if "stubs-32.h" in why:
            rows.append(_not_compared(header, path, abi, why))
            continue
        rows.append(Comparison(header, path, abi.name))
        if why:
            findings.append(Finding(
                "uapi-header", Severity.ERROR if lines is None else Severity.WARNING,
                f"{header} is new and does not compile by itself ({abi.name})", where=path,
                evidence=why, subject=f"{header} new"))
    findings += exporting.c90(header, path, (None, sides.pair(sides.abis[0])[1]))
    return UapiResult(tuple(findings), tuple(rows))


def _source(old: HeaderApi, new: HeaderApi, header: str, pair: tuple[Compiler, Compiler],
            context: Context) -> list[Finding]:
    broken = [*names_gone(old, new), *broken_in(uses_of(old), header, pair, FIRST)]
    fewer = changed_uses(old, new)
    for dialect in OTHERS:
        if shutil.which(dialect.program) is not None:
            broken += broken_in(fewer, header, pair, dialect)
    findings = [*sources.compare(broken, old, new, context),
                *sources.includes(old, new, header, context)]
    return findings + _environments(header, pair, context)


def _environments(header: str, pair: tuple[Compiler, Compiler], context: Context) -> list[Finding]:
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
                + (f": {first.text}" if first else ""), where=f"{context.path}:{first.line}"
                if first else context.path, evidence=f"{dialect.use(pair[1]).words}\n"
                + (f"{first.file}:{first.line}: {first.text}" if first else ""),
                subject=f"{header} {words}"))
    return found


