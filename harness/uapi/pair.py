# SPDX-License-Identifier: GPL-2.0-or-later
"""Two headers, or two directories of headers, without a tree."""

from __future__ import annotations

from pathlib import Path

from harness import sandbox
from harness.errors import InputRefusedError, UsageError
from harness.model import Finding, Severity
from harness.settings import Settings
from harness.uapi.check import UapiResult, check_headers

MAX_HEADER = 8 << 20  # bytes


def _read(path: Path, alone: str) -> dict[str, str]:
    if path.is_file():
        files = {alone: path}
    elif path.is_dir():
        files = {str(p.relative_to(path)): p for p in sorted(path.rglob("*.h"))}
    else:
        raise UsageError(f"{path}: no such file or directory")
    if not files:
        raise InputRefusedError(f"{path}: no header found")
    out = {}
    for name, file in files.items():
        if file.stat().st_size > MAX_HEADER:
            raise InputRefusedError(f"{file}: too large (limit {MAX_HEADER >> 20} MiB)")
        out[name] = file.read_bytes().decode("utf-8", "surrogateescape")
    return out


def breaks(findings: tuple[Finding, ...]) -> list[str]:
    """Which promises are broken: ``abi`` (x86-64), ``abi32`` (only i386), ``source``."""
    kinds = set()
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            continue
        if finding.rule in {"uapi-source", "uapi-header", "uapi-include"}:
            kinds.add("source")
        else:
            kinds.add("abi32" if "(i386)" in finding.message else "abi")
    if "abi" in kinds:
        kinds.discard("abi32")
    return sorted(kinds)


def verdict(findings: tuple[Finding, ...]) -> str:
    """``breaking``, ``warning`` or ``compatible``.

    A positional initialiser that wants more braces is a finding, and no more than
    that: nobody promised the order of fields.
    """
    severities = {f.severity for f in findings if f.rule != "uapi-positional"}
    if Severity.ERROR in severities:
        return "breaking"
    return "warning" if Severity.WARNING in severities else "compatible"


def check_pair(before: Path, after: Path, settings: Settings,
               ) -> tuple[UapiResult, str, list[str]]:
    """Compare two headers or directories; returns (result, verdict, breaks)."""
    name = after.name if after.is_file() else ""
    old, new = _read(before, name), _read(after, name)
    changed = {n: n for n in {**old, **new} if old.get(n) != new.get(n)}
    result = check_headers(old, new, changed, sandbox.get(enabled=settings.sandbox))
    return result, verdict(result.findings), breaks(result.findings)
