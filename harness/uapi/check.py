# SPDX-License-Identifier: GPL-2.0-or-later
"""Before and after -> findings: installs headers, compiles, compares."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness import repo
from harness.arch import NATIVE, X86_64, Abi
from harness.errors import DeadlineError
from harness.model import Applied, Finding, HeaderApi, Severity, StructLayout, Tree
from harness.sandbox import Sandbox
from harness.uapi import layouts, sources, userspace, values
from harness.uapi.compiler import Compiler, failing, materialise
from harness.uapi.consumers import FIRST, OTHERS, broken_in, changed_uses, names_gone, uses_of
from harness.uapi.context import Context
from harness.uapi.extract import extract
from harness.uapi.headers import includers, install, installed_name, is_uapi, under

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
    affects: bool = False  # something that was there before is not the same any more
    layouts: tuple[tuple[StructLayout, StructLayout], ...] = ()  # that differ, in the first ABI


@dataclass(frozen=True, slots=True)
class Options:
    """What else to look at: real userspace source, and a newer tree's numbers."""

    consumers: tuple[Path, ...] = ()
    also: Mapping[str, str] | None = None
    also_name: str = ""
    abis: tuple[Abi, ...] = NATIVE


NONE = Options()


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both versions of the headers, in memory and on disk."""

    sandbox: Sandbox
    before: Mapping[str, str]
    after: Mapping[str, str]
    old_dir: Path
    new_dir: Path
    abis: tuple[Abi, ...]

    def pair(self, abi: Abi) -> tuple[Compiler, Compiler]:
        return (Compiler(self.sandbox, self.old_dir, abi.flags, abi.program),
                Compiler(self.sandbox, self.new_dir, abi.flags, abi.program))


def export_headers(tree: Tree, commit: str, srcarch: str = X86_64.srcarch) -> dict[str, str]:
    """The headers of a commit as userspace would get them."""
    return install(repo.read_files(tree.repo, commit, under(srcarch)), srcarch)


def check_series(applied: Applied, sandbox: Sandbox, options: Options = NONE) -> UapiResult:
    """Compare every UAPI header that the series can reach."""
    touched = repo.changed(applied.tree.repo, applied.base, applied.head)
    results = []
    for srcarch in dict.fromkeys(a.srcarch for a in options.abis):
        paths = {installed_name(p, srcarch): p for p in touched if is_uapi(p, srcarch)}
        if paths:
            results.append(check_headers(
                export_headers(applied.tree, applied.base, srcarch),
                export_headers(applied.tree, applied.head, srcarch), paths, sandbox,
                for_arch(options, srcarch)))
    if not results:
        return UapiResult((), (), frozenset(), ("the series touches no UAPI header",))
    return merge(results)


def for_arch(options: Options, srcarch: str) -> Options:
    """The part of the options that is about one architecture's headers."""
    abis = tuple(a for a in options.abis if a.srcarch == srcarch)
    first = srcarch == NATIVE[0].srcarch
    return replace(options, abis=abis, consumers=options.consumers if first else (),
                   also=options.also if first else None)


def merge(results: list[UapiResult]) -> UapiResult:
    """Several results as one."""
    return UapiResult(
        _once([f for r in results for f in r.findings]),
        tuple(dict.fromkeys(h for r in results for h in r.headers)),
        frozenset(n for r in results for n in r.added),
        tuple(dict.fromkeys(n for r in results for n in r.notices)),
        layouts=tuple(pair for r in results for pair in r.layouts))


def check_headers(before: Mapping[str, str], after: Mapping[str, str], paths: Mapping[str, str],
                  sandbox: Sandbox, options: Options = NONE) -> UapiResult:
    """Compare installed headers; ``paths`` maps changed ones to their path in the tree."""
    reached = includers({**before, **after}, paths)
    wanted = {*reached, *(h for d in options.consumers for h in userspace.included(d))}
    with tempfile.TemporaryDirectory() as name:
        sides = _Sides(sandbox, before, after, materialise(before, Path(name) / "before", wanted),
                       materialise(after, Path(name) / "after", wanted), options.abis)

        def guarded(header: str, work: Callable[[str], UapiResult]) -> UapiResult:
            try:
                return work(header)
            except DeadlineError:
                return UapiResult((), (), frozenset(), (
                    f"{header}: the compiler did not end, not compared",))

        def full(header: str) -> UapiResult:
            return _header(sides, header, paths.get(header, f"include/uapi/{header}"))

        def light(header: str) -> UapiResult:
            return full(header) if _differs(sides, header) else UapiResult((), (header,),
                                                                           frozenset())

        # The threads wait for compilers; each stays alive for as long as its child does.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(lambda h: guarded(h, full), (h for h in reached if h in paths)))
            others = [h for h in reached if h not in paths]
            # Headers that only include a changed one can change with what it changed; when
            # it only gained names, all that can happen is that they no longer compile.
            if any(r.affects for r in results):
                results += pool.map(lambda h: guarded(h, light), others)
            else:
                results += _still_compile(sides, others)
        if options.also is not None:
            newer = materialise(options.also, Path(name) / "also", reached)
            results += [_also(sides, h, paths.get(h, h), Compiler(sandbox, newer, NATIVE[0].flags),
                              options) for h in reached if h in options.also and h in after]
        results += [_userspace(sides, folder, reached) for folder in options.consumers]
    return merge(results)


def _also(sides: _Sides, header: str, path: str, newer: Compiler, options: Options,
          ) -> UapiResult:
    """Numbers that the series takes and a newer tree has given to somebody else."""
    pair = sides.pair(sides.abis[0])
    old = extract(pair[0], header, sides.before.get(header, ""))
    new = extract(pair[1], header, sides.after[header])
    other = extract(newer, header, (options.also or {})[header])
    if old.problem or new.problem or other.problem:
        return UapiResult((), (), frozenset(), (
            f"{header}: not compared with {options.also_name}: it does not compile",))
    fresh = {n: v for n, v in new.numbers.items() if old.numbers.get(n) != v and "(" not in n}
    found = values.taken(fresh, new, values.families(other), other, Context(path, "x86-64"),
                         whose=options.also_name)
    return UapiResult(tuple(found), (), frozenset())


def _userspace(sides: _Sides, folder: Path, reached: tuple[str, ...]) -> UapiResult:
    """Programs of others that include one of the headers that differ."""
    files = userspace.sources(folder)
    names = frozenset(reached)
    mine = tuple(f for f in files
                 if userspace.uses_any(f.read_bytes().decode("utf-8", "replace"), names))
    found, notices = userspace.compare(mine, folder, sides.pair(sides.abis[0]))
    if not mine:
        notices = [f"{folder}: none of {len(files)} sources includes a header that differs"]
    return UapiResult(tuple(found), (), frozenset(), tuple(notices))


def _still_compile(sides: _Sides, headers: list[str]) -> list[UapiResult]:
    """Ask whether unchanged headers, whose includes only gained names, still compile."""
    there = [h for h in headers if h in sides.before and h in sides.after]
    found = []
    for abi in sides.abis:
        old, new = sides.pair(abi)
        bad = failing(new, there)
        was = set(failing(old, bad)) if bad else set()
        found += [UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{h} no longer compiles by itself ({abi.name})",
            where=f"include/uapi/{h}", subject=f"{h} broken"),), (), frozenset())
            for h in bad if h not in was]
    return [*found, UapiResult((), tuple(there), frozenset())]


def _differs(sides: _Sides, header: str) -> bool:
    """Whether an unchanged header offers something else than before."""
    if header not in sides.before or header not in sides.after:
        return True
    for abi in sides.abis:
        old, new = (extract(c, header, sides.before[header]) for c in sides.pair(abi))
        if (old.structs, old.numbers, old.arity, old.problem) != (
                new.structs, new.numbers, new.arity, new.problem):
            return True
    return False


def _affects(old: HeaderApi, new: HeaderApi) -> bool:
    """Whether anything that the header offered is gone or is something else."""
    after = {s.name: (s.size, s.align, s.members) for s in new.structs}
    return (any(after.get(s.name) != (s.size, s.align, s.members) for s in old.structs)
            or any(new.numbers.get(n) != v for n, v in old.numbers.items())
            or any(new.arity.get(n) != c for n, c in old.arity.items())
            or bool(old.macros - new.macros) or bool(set(old.visible) - set(new.visible)))


def _header(sides: _Sides, header: str, path: str) -> UapiResult:
    """Everything about one header, in both ABIs and all dialects."""
    if header not in sides.before:
        return UapiResult((), (), frozenset())
    if header not in sides.after:
        return UapiResult((Finding(
            "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it no longer "
            "compiles", where=path, subject=f"{header} gone"),), (), frozenset(), affects=True)
    findings: list[Finding] = []
    notices: list[str] = []
    apis: list[tuple[HeaderApi, HeaderApi]] = []
    for abi in sides.abis:
        pair = sides.pair(abi)
        old = extract(pair[0], header, sides.before[header])
        if old.problem:
            notices.append(f"{header} ({abi.name}): does not compile before: {old.problem}")
            continue
        new = extract(pair[1], header, sides.after[header])
        if new.problem:
            findings.append(Finding(
                "uapi-header", Severity.ERROR,
                f"{header} no longer compiles by itself ({abi.name})", where=path,
                evidence=new.problem, subject=f"{header} broken"))
            continue
        context = Context(path, abi.name)
        apis.append((old, new))
        findings += [*layouts.compare(old, new, context), *values.compare(old, new, context),
                     *layouts.padding_used(old, new, context)]
        if len(apis) == 1 and abi.program == "gcc":  # source does not depend on the ABI
            findings += _source(old, new, header, pair, context)
    if len(apis) == 2 and sides.abis == NATIVE:
        (old, new), (old32, new32) = apis
        findings += layouts.compat(old, new, old32, new32, Context(path, "x86-64"))
    added = frozenset(apis[0][1].numbers) - frozenset(apis[0][0].numbers) if apis else frozenset()
    compared = (header,) if apis or findings else ()
    return UapiResult(tuple(findings), compared, added, tuple(notices),
                      affects=len(apis) < len(sides.abis) or any(_affects(*a) for a in apis),
                      layouts=layouts.differing(*apis[0]) if apis else ())


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
