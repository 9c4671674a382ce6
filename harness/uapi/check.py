# SPDX-License-Identifier: GPL-2.0-or-later
"""Before and after -> findings: installs headers, compiles, compares."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import repo
from harness.arch import X86_64, Architecture
from harness.errors import DeadlineError
from harness.model import Applied, Finding, HeaderApi, Severity, Tree
from harness.sandbox import Sandbox
from harness.uapi import compare
from harness.uapi.compiler import Compiler, materialise
from harness.uapi.consumers import compare_source
from harness.uapi.extract import extract
from harness.uapi.headers import includers, install, installed_name, is_uapi, under

_ABIS = (("x86-64", ("-m64",)), ("i386", ("-m32",)))
_DIALECT = ("-std=gnu11",)


@dataclass(frozen=True, slots=True)
class UapiResult:
    """What came of a comparison; ``added`` are names that only the new header has."""

    findings: tuple[Finding, ...]
    headers: tuple[str, ...]
    added: frozenset[str]
    notices: tuple[str, ...] = ()


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
    findings: list[Finding] = []
    added: set[str] = set()
    notices: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        old_dir = materialise(before, Path(name) / "before")
        new_dir = materialise(after, Path(name) / "after")
        for header in reached:
            path = paths.get(header, f"include/uapi/{header}")
            if header not in before:
                continue
            if header not in after:
                findings.append(Finding(
                    "uapi-header", Severity.ERROR, f"{header} is gone: source that includes it "
                    "no longer compiles", where=path, subject=f"{header} gone"))
                continue
            for abi, flags in _ABIS:
                pair = (Compiler(sandbox, old_dir, flags), Compiler(sandbox, new_dir, flags))
                try:
                    found, names, notice = _one(header, path, abi, pair)
                except DeadlineError:
                    found, names, notice = [], frozenset(), (
                        f"{header} ({abi}): the compiler did not end, not compared")
                findings += found
                added |= names
                notices += [notice] if notice else []
    return UapiResult(_once(findings), reached, frozenset(added), tuple(notices))


def _one(header: str, path: str, abi: str, pair: tuple[Compiler, Compiler],
         ) -> tuple[list[Finding], frozenset[str], str]:
    old, new = extract(pair[0], header), extract(pair[1], header)
    context = compare.Context(path, abi)
    if old.problem:
        return [], frozenset(), f"{header} ({abi}): does not compile before: {old.problem}"
    if new.problem:
        return [Finding("uapi-header", Severity.ERROR,
                        f"{header} no longer compiles by itself ({abi})", where=path,
                        evidence=new.problem, subject=f"{header} broken")], frozenset(), ""
    findings = [*compare.layouts(old, new, context), *compare.numbers(old, new, context),
                *compare.meaning(old, new, context)]
    if abi == _ABIS[0][0]:  # source does not depend on the ABI
        broken = compare_source(old, new, header, pair, _DIALECT)
        findings += compare.source(broken, old, new, context)
    return findings, _added(old, new), ""


def _added(old: HeaderApi, new: HeaderApi) -> frozenset[str]:
    return frozenset(new.numbers) - frozenset(old.numbers)


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """The same finding for both ABIs is said once, for the first."""
    seen: dict[str, Finding] = {}
    for finding in findings:
        text = finding.message.replace("(x86-64)", "").replace("(i386)", "")
        seen.setdefault(f"{finding.rule} {finding.where} {text}", finding)
    return tuple(seen.values())
