# SPDX-License-Identifier: GPL-2.0-or-later
"""Before and after -> findings: installs headers, compiles, compares."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness import repo
from harness.arch import X86_64, Architecture
from harness.errors import DeadlineError
from harness.model import Applied, Finding, HeaderApi, Severity, Tree
from harness.sandbox import Sandbox
from harness.uapi import layouts, sources, values
from harness.uapi.compiler import Compiler, materialise
from harness.uapi.consumers import FIRST, OTHERS, broken_in, changed_uses, names_gone, uses_of
from harness.uapi.context import Context
from harness.uapi.extract import extract
from harness.uapi.headers import includers, install, installed_name, is_uapi, under

_ABIS = (("x86-64", ("-m64",)), ("i386", ("-m32",)))
# What a program has usually included before: macros of these can eat a header's names.
_LIBC = ("errno.h", "stdio.h", "stdlib.h", "string.h", "unistd.h", "signal.h", "limits.h",
         "stdint.h", "sys/types.h", "sys/stat.h", "sys/ioctl.h")


@dataclass(frozen=True, slots=True)
class UapiResult:
    """What came of a comparison; ``added`` are names that only the new header has."""

    findings: tuple[Finding, ...]
    headers: tuple[str, ...]
    added: frozenset[str]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both versions of the headers, in memory and on disk."""

    sandbox: Sandbox
    before: Mapping[str, str]
    after: Mapping[str, str]
    old_dir: Path
    new_dir: Path

    def pair(self, flags: tuple[str, ...]) -> tuple[Compiler, Compiler]:
        return (Compiler(self.sandbox, self.old_dir, flags),
                Compiler(self.sandbox, self.new_dir, flags))


def export_headers(tree: Tree, commit: str, arch: Architecture = X86_64) -> dict[str, str]:
    """The headers of a commit as userspace would get them."""
    return install(repo.read_files(tree.repo, commit, under(arch.srcarch)), arch.srcarch)


def check_series(applied: Applied, sandbox: Sandbox, arch: Architecture = X86_64) -> UapiResult:
    """Compare every UAPI header that the series can reach."""
    changed = [p for p in repo.changed(applied.tree.repo, applied.base, applied.head)
               if is_uapi(p, arch.srcarch)]
    if not changed:
        return UapiResult((), (), frozenset(), ("the series touches no UAPI header",))
    paths = {installed_name(p, arch.srcarch): p for p in changed}
    return check_headers(export_headers(applied.tree, applied.base, arch),
                         export_headers(applied.tree, applied.head, arch), paths, sandbox)


def check_headers(before: Mapping[str, str], after: Mapping[str, str], paths: Mapping[str, str],
                  sandbox: Sandbox) -> UapiResult:
    """Compare installed headers; ``paths`` maps changed ones to their path in the tree."""
    reached = includers({**before, **after}, paths)
    with tempfile.TemporaryDirectory() as name:
        sides = _Sides(sandbox, before, after, materialise(before, Path(name) / "before", reached),
                       materialise(after, Path(name) / "after", reached))

        def one(header: str) -> UapiResult:
            path = paths.get(header, f"include/uapi/{header}")
            try:
                return _header(sides, header, path, changed=header in paths)
            except DeadlineError:
                return UapiResult((), (), frozenset(), (
                    f"{header}: the compiler did not end, not compared",))

        # The threads wait for compilers; each stays alive for as long as its child does.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(one, reached))
    return UapiResult(
        _once([f for r in results for f in r.findings]), reached,
        frozenset(n for r in results for n in r.added),
        tuple(n for r in results for n in r.notices))


def _header(sides: _Sides, header: str, path: str, *, changed: bool) -> UapiResult:
    """Everything about one header, in both ABIs and all dialects."""
    if header not in sides.before:
        return UapiResult((), (), frozenset())
    if header not in sides.after:
        return UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it no longer "
            "compiles", where=path, subject=f"{header} gone"),), (), frozenset())
    if not changed and _same(sides, header):
        return UapiResult((), (), frozenset())
    findings: list[Finding] = []
    notices: list[str] = []
    apis: list[tuple[HeaderApi, HeaderApi]] = []
    for abi, flags in _ABIS:
        pair = sides.pair(flags)
        old = extract(pair[0], header, sides.before[header])
        if old.problem:
            notices.append(f"{header} ({abi}): does not compile before: {old.problem}")
            continue
        new = extract(pair[1], header, sides.after[header])
        if new.problem:
            findings.append(Finding(
                "uapi-header", Severity.ERROR, f"{header} no longer compiles by itself ({abi})",
                where=path, evidence=new.problem, subject=f"{header} broken"))
            continue
        context = Context(path, abi)
        apis.append((old, new))
        findings += [*layouts.compare(old, new, context), *values.compare(old, new, context),
                     *layouts.padding_used(old, new, context)]
        if len(apis) == 1:  # source does not depend on the ABI
            findings += _source(old, new, header, pair, context)
    if len(apis) == len(_ABIS):
        (old, new), (old32, new32) = apis
        findings += layouts.compat(old, new, old32, new32, Context(path, "x86-64"))
    added = frozenset(apis[0][1].numbers) - frozenset(apis[0][0].numbers) if apis else frozenset()
    return UapiResult(tuple(findings), (header,), added, tuple(notices))


def _same(sides: _Sides, header: str) -> bool:
    """Whether an unchanged header still preprocesses to the same text."""
    source = f"#include <{header}>\n"
    texts = []
    for compiler in sides.pair(("-m64",)):
        done = compiler.run(source, "-E", "-P", "-dD")
        texts.append((done.ok, done.output))
    return texts[0] == texts[1]


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
        source = f"{before}#include <{header}>\n"
        done = [dialect.use(c).run(source, "-fsyntax-only", "-w") for c in pair]
        if done[0].ok and not done[1].ok:
            first = next((s for s in done[1].said if s.grade != "warning"), None)
            found.append(Finding(
                "uapi-source", Severity.ERROR, f"{header} no longer compiles {words}"
                + (f": {first.text}" if first else ""), where=f"{context.path}:{first.line}"
                if first else context.path, evidence=f"{dialect.use(pair[1]).words}\n"
                + (f"{first.file}:{first.line}: {first.text}" if first else ""),
                subject=f"{header} {words}"))
    return found


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """The same finding for both ABIs is said once, for the first; ids stay apart."""
    seen: dict[str, Finding] = {}
    for finding in findings:
        text = finding.message.replace("(x86-64)", "").replace("(i386)", "")
        key = f"{finding.rule} {finding.where} {text}"
        if key not in seen:
            subject = finding.subject.removeprefix("x86-64 ")
            seen[key] = replace(finding, subject=subject)
    return tuple(seen.values())
