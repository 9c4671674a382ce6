# SPDX-License-Identifier: GPL-2.0-or-later
"""A series -> what it does to the headers that userspace gets."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.arch import ABIS, BIG_ENDIAN, NATIVE, NATIVE_TARGET, Abi
from harness.model import Applied, Finding, Tree
from harness.system import repo
from harness.system.sandbox import Sandbox
from harness.uapi import endian
from harness.uapi.check import check_headers
from harness.uapi.compiler import materialise
from harness.uapi.dialects import CPLUSPLUS
from harness.uapi.headers import install, installed_name, is_uapi, sources, under
from harness.uapi.result import NONE, Comparison, Options, UapiResult, for_arch, merge

_ARCH = re.compile(r"^arch/([^/]+)/include/uapi/.*\.h$")


def export_headers(tree: Tree, commit: str, srcarch: str = NATIVE_TARGET.srcarch) -> dict[str, str]:
    """The headers of a commit as userspace would get them."""
    return install(repo.read_files(tree.repo, commit, under(srcarch)), srcarch)


def export_to(tree: Tree, commit: str, target: Path, srcarch: str = NATIVE_TARGET.srcarch) -> Path:
    """Write the headers of a commit below ``target``, and return where they begin."""
    exported = export_headers(tree, commit, srcarch)
    return materialise(exported, target, exported)


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
            results.append(UapiResult(comparisons=without_cplusplus(paths)))
            if srcarch == NATIVE_TARGET.srcarch and BIG_ENDIAN not in there:
                results.append(big_endian(
                    endian.changed(before, after, paths), [functools.partial(
                        export_headers, tree, c, BIG_ENDIAN.srcarch)
                        for c in (applied.base, applied.head)], sandbox))
    merged = merge(results)
    changed = {c.path for c in merged.comparisons if c.path in touched}
    merged = replace(merged, notices=(*merged.notices, *(
        f"{c.header} ({c.abi}) includes a changed header and was not compared: {c.problem}"
        for c in merged.missed if c.path not in changed)))
    if not merged.comparisons and not merged.findings:
        return replace(merged, notices=(*merged.notices, "the series touches no UAPI header"))
    return replace(merged, findings=_looked_at(applied, merged.findings))


def big_endian(wanted: Mapping[str, str], sides: Iterable[Callable[[], Mapping[str, str]]],
               sandbox: Sandbox) -> UapiResult:
    """Headers whose branch for the other byte order changed, where a compiler for it is.

    ``sides`` read the headers of such a machine, before and after.
    """
    if missed := endian.not_compared(wanted):
        return UapiResult(comparisons=missed)
    if not wanted:
        return UapiResult()
    before, after = (read() for read in sides)
    return check_headers(before, after, wanted, sandbox, Options(abis=(BIG_ENDIAN,)))


def _paths(before: Mapping[str, str], after: Mapping[str, str], touched: tuple[str, ...],
           srcarch: str) -> dict[str, str]:
    """The installed headers that differ, and where in the tree each comes from."""
    known = {installed_name(p, srcarch): p for p in touched if is_uapi(p, srcarch)}
    made = {n: next((p for p in paths if p in touched), paths[0])
            for n, paths in sources(srcarch).items()}
    return {n: known.get(n) or made.get(n) or f"arch/{srcarch}/include/uapi/asm/Kbuild"
            for n in sorted({**before, **after}) if before.get(n) != after.get(n)}


def without_cplusplus(paths: Mapping[str, str]) -> tuple[Comparison, ...]:
    """A row for each changed header where no compiler for C++ is here, which many programs use."""
    if shutil.which(CPLUSPLUS.program) is not None:
        return ()
    return tuple(Comparison(h, path, "C++", f"no compiler ({CPLUSPLUS.program})",
                            f"apt-get install {CPLUSPLUS.program}") for h, path in paths.items())


def _no_compiler(touched: tuple[str, ...], own: set[str], wanted: list[Abi],
                 ) -> tuple[Comparison, ...]:
    """The headers that nothing here compiles."""
    rows = [Comparison(installed_name(path, a.srcarch), path, a.name,
                       f"no compiler ({a.program})", f"apt-get install {a.package}")
            for path in touched for a in wanted
            if a in NATIVE and is_uapi(path, a.srcarch) and shutil.which(a.program) is None]
    for path in touched:
        match = _ARCH.match(path)
        if match is None or match.group(1) not in own or match.group(1) == NATIVE[0].srcarch:
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


MOST_USERS = 200  # files that name a struct, of which those are sought that mention its member


def _looked_at(applied: Applied, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings about padding with where the base looks at what old binaries leave there.

    A search through the whole tree takes seconds, so it is one for all structs.
    """
    about = {f: (f.tag, f.member.rpartition(".")[2]) for f in findings
             if f.rule == "uapi-padding" and f.struct}
    users = repo.users(applied.tree.repo, applied.base, {s for s, _ in about.values()},
                       ("*.c", ":!tools", ":!samples")) if about else {}

    def told(finding: Finding) -> Finding:
        struct, member = about[finding]
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
