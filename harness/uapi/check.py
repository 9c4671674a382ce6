# SPDX-License-Identifier: GPL-2.0-or-later
"""Before and after -> findings: exports headers, compiles, compares."""

from __future__ import annotations

import functools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from harness.arch import ABIS, NATIVE, X86_64, Abi
from harness.errors import DeadlineError
from harness.model import Applied, Finding, Severity, Tree
from harness.system import repo
from harness.system.sandbox import Sandbox
from harness.uapi import header as one_header
from harness.uapi import prelude, userspace, values
from harness.uapi.compiler import Compiler, failing, materialise
from harness.uapi.context import Context
from harness.uapi.extract import extract
from harness.uapi.header import Sides
from harness.uapi.headers import includers, install, installed_name, is_uapi, sources, under
from harness.uapi.result import NONE, Comparison, Options, UapiResult, for_arch, merge

_ARCH = re.compile(r"^arch/([^/]+)/include/uapi/.*\.h$")


def export_headers(tree: Tree, commit: str, srcarch: str = X86_64.srcarch) -> dict[str, str]:
    """The headers of a commit as userspace would get them."""
    return install(repo.read_files(tree.repo, commit, under(srcarch)), srcarch)


def check_series(applied: Applied, sandbox: Sandbox, options: Options = NONE) -> UapiResult:
    """Compare every UAPI header that the series can reach.

    Those of other architectures are compared for each of their ABIs whose compiler is there.
    """
    tree, touched = applied.tree, repo.changed(applied.tree.repo, applied.base, applied.head)
    own = {m.group(1) for p in touched if (m := _ARCH.match(p))}
    wanted = [a for a in ABIS if a in options.abis or a.srcarch in own]
    results = [UapiResult(comparisons=_no_compiler(touched, own, wanted))]
    there = tuple(a for a in wanted if shutil.which(a.program))
    for srcarch in dict.fromkeys(a.srcarch for a in there):
        if not any(p.startswith(under(srcarch)) for p in touched):
            continue
        before = export_headers(tree, applied.base, srcarch)
        after = export_headers(tree, applied.head, srcarch)
        paths = _paths(before, after, touched, srcarch)
        if paths:
            results.append(check_headers(before, after, paths, sandbox,
                                         for_arch(replace(options, abis=there), srcarch)))
    merged = merge(results)
    changed = {c.path for c in merged.comparisons if c.path in touched}
    merged = replace(merged, notices=(*merged.notices, *(
        f"{c.header} ({c.abi}) includes a changed header and was not compared: {c.problem}"
        for c in merged.missed if c.path not in changed)))
    if not merged.comparisons and not merged.findings:
        return replace(merged, notices=(*merged.notices, "the series touches no UAPI header"))
    return replace(merged, findings=_looked_at(applied, merged.findings))


def _paths(before: Mapping[str, str], after: Mapping[str, str], touched: tuple[str, ...],
           srcarch: str) -> dict[str, str]:
    """The installed headers that differ, and where in the tree each comes from."""
    known = {installed_name(p, srcarch): p for p in touched if is_uapi(p, srcarch)}
    made = {n: next((p for p in paths if p in touched), paths[0])
            for n, paths in sources(srcarch).items()}
    return {n: known.get(n) or made.get(n) or f"arch/{srcarch}/include/uapi/asm/Kbuild"
            for n in sorted({**before, **after}) if before.get(n) != after.get(n)}


def _no_compiler(touched: tuple[str, ...], own: set[str], wanted: list[Abi],
                 ) -> tuple[Comparison, ...]:
    """The headers of architectures that nothing here compiles for."""
    rows = []
    for path in touched:
        match = _ARCH.match(path)
        if match is None or match.group(1) not in own:
            continue
        srcarch = match.group(1)
        abis = [a for a in wanted if a.srcarch == srcarch]
        rows += [Comparison(installed_name(path, srcarch), path, a.name,
                            f"no cross compiler ({a.program})", f"apt-get install {a.package}")
                 for a in abis if shutil.which(a.program) is None]
        if not abis:
            rows.append(Comparison(installed_name(path, srcarch), path, srcarch,
                                   f"no compiler is known for arch/{srcarch}"))
    return tuple(rows)


_PADDING = re.compile(r"(?:struct )?(\w+)\.(?:[\w.]+\.)?(\w+) padding$")
MOST_USERS = 200  # files that name a struct, of which those are sought that mention its member


def _looked_at(applied: Applied, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings about padding with where the base looks at what old binaries leave there.

    A search through the whole tree takes seconds, so it is one for all structs.
    """
    about = {f: m for f in findings if f.rule == "uapi-padding"
             and (m := _PADDING.match(f.subject))}
    users = repo.users(applied.tree.repo, applied.base, {m.group(1) for m in about.values()},
                       ("*.c", ":!tools", ":!samples")) if about else {}

    def told(finding: Finding) -> Finding:
        struct, member = about[finding].groups()
        named = users.get(struct, ())[:MOST_USERS]
        looks = repo.grep(applied.tree.repo, applied.base, rf"(->|\.){member}\b", named,
                          ) if named else ()
        if looks:
            said = (f"on the base these mention .{member} beside struct {struct}: "
                    f"{', '.join(looks[:5])}")
        else:
            said = f"no C file of the base that names struct {struct} mentions .{member}"
        return replace(finding, evidence=f"{said}\n{finding.evidence}")

    return tuple(told(f) if f in about else f for f in findings)


def check_headers(before: Mapping[str, str], after: Mapping[str, str], paths: Mapping[str, str],
                  sandbox: Sandbox, options: Options = NONE) -> UapiResult:
    """Compare installed headers; ``paths`` maps changed ones to their path in the tree."""
    reached = includers({**before, **after}, paths)
    wanted = {*reached, *prelude.HEADERS,
              *(h for d in options.consumers for h in userspace.included(d))}
    with tempfile.TemporaryDirectory() as name:
        sides = Sides(sandbox, before, after, materialise(before, Path(name) / "before", wanted),
                      materialise(after, Path(name) / "after", wanted), options.abis)

        def place(header: str) -> str:
            return paths.get(header, f"include/uapi/{header}")

        def full(header: str) -> UapiResult:
            try:
                return one_header.compare(sides, header, place(header))
            except DeadlineError:
                return UapiResult(comparisons=tuple(
                    Comparison(header, place(header), abi.name, "the compiler did not end",
                               passing=True)
                    for abi in sides.abis))

        def light(header: str) -> UapiResult:
            try:
                if one_header.differs(sides, header):
                    return full(header)
            except DeadlineError:
                return full(header)
            return UapiResult(comparisons=tuple(
                Comparison(header, place(header), abi.name) for abi in sides.abis))

        # The threads wait for compilers; each stays alive for as long as its child does.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(full, (h for h in reached if h in paths)))
            others = [h for h in reached if h not in paths]
            # Headers that only include a changed one can change with what it changed; when
            # it only gained names, all that can happen is that they no longer compile.
            if any(r.affects for r in results):
                results += pool.map(light, others)
            else:
                results += _guarded(others, lambda: _still_compile(sides, others))
        results += _others(sides, reached, place, options, Path(name) / "also")
    return merge(results)


def _others(sides: Sides, reached: tuple[str, ...], place: Callable[[str], str], options: Options,
            target: Path) -> list[UapiResult]:
    """What a newer tree and programs of others say of the headers that differ."""
    results = []
    if options.also is not None:
        newer = Compiler(sides.sandbox, materialise(options.also, target, reached), NATIVE[0].flags)
        for header in (h for h in reached if h in options.also and h in sides.after):
            results += _guarded([header], functools.partial(
                lambda h: [_also(sides, h, place(h), newer, options)], header))
    for folder in options.consumers:
        results += _guarded([str(folder)], functools.partial(
            lambda f: [_userspace(sides, f, reached)], folder))
    return results


def _guarded(headers: list[str], work: Callable[[], list[UapiResult]]) -> list[UapiResult]:
    """What comes of ``work``; a compiler that does not end there is said and ends nothing else."""
    try:
        return work()
    except DeadlineError:
        return [UapiResult(comparisons=tuple(
            Comparison(h, h, NATIVE[0].name, "the compiler did not end", passing=True)
            for h in headers))]


def _also(sides: Sides, header: str, path: str, newer: Compiler, options: Options,
          ) -> UapiResult:
    """Numbers that the series takes and a newer tree has given to somebody else."""
    pair = sides.pair(sides.abis[0])
    old = extract(pair[0], header, sides.before.get(header, ""))
    new = extract(pair[1], header, sides.after[header])
    other = extract(newer, header, (options.also or {})[header])
    if old.problem or new.problem or other.problem:
        return UapiResult(notices=(
            f"{header}: not compared with {options.also_name}: it does not compile",))
    fresh = {n: v for n, v in new.numbers.items() if old.numbers.get(n) != v and "(" not in n}
    found = values.taken(fresh, new, values.families(other), other, Context(path, "x86-64"),
                         whose=options.also_name)
    return UapiResult(tuple(found))


def _userspace(sides: Sides, folder: Path, reached: tuple[str, ...]) -> UapiResult:
    """Programs of others that include one of the headers that differ."""
    files = userspace.sources(folder)
    names = frozenset(reached)
    mine = tuple(f for f in files
                 if userspace.uses_any(f.read_bytes().decode("utf-8", "replace"), names))
    found, notices = userspace.compare(mine, folder, sides.pair(sides.abis[0]))
    if not mine:
        notices = [f"{folder}: none of {len(files)} sources includes a header that differs"]
    return UapiResult(tuple(found), notices=tuple(notices))


def _still_compile(sides: Sides, headers: list[str]) -> list[UapiResult]:
    """Ask whether unchanged headers, whose includes only gained names, still compile."""
    there = [h for h in headers if h in sides.before and h in sides.after]
    found = []
    for abi in sides.abis:
        old, new = sides.pair(abi)
        bad = failing(new, there)
        was = set(failing(old, bad)) if bad else set()
        rows = {h: Comparison(h, f"include/uapi/{h}", abi.name) for h in there}
        broken = [h for h in bad if h not in was]
        for h in sorted(was):  # it needs something before it
            lines = prelude.needed(old, h)
            if lines is None:
                rows[h] = replace(rows[h], problem="does not compile before the series: "
                                  + prelude.why_not(old, h))
            elif prelude.needed(replace(new, before=lines), h) != "":
                broken.append(h)
        found.append(UapiResult(tuple(Finding(
            "uapi-header", Severity.ERROR, f"{h} no longer compiles by itself ({abi.name})",
            where=f"include/uapi/{h}", subject=f"{h} broken") for h in broken),
            tuple(rows.values())))
    return found
