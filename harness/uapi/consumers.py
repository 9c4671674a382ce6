# SPDX-License-Identifier: GPL-2.0-or-later
"""Real userspace source against both versions: new errors and new warnings only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import InputRefusedError
from harness.model import Finding, Location, Severity
from harness.uapi.compiler import Compiler, Said

_MAX_FILES = 2000
_MAX_SIZE = 4 << 20  # bytes of one source
_INCLUDE = re.compile(r"(?m)^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]")
_CPLUSPLUS = {".cc", ".cpp", ".cxx"}


def sources(folder: Path) -> tuple[Path, ...]:
    """The C and C++ files of a directory; raises ``InputRefusedError`` when there are none."""
    files = sorted(p for p in folder.rglob("*")
                   if p.suffix in {".c"} | _CPLUSPLUS and p.is_file() and not p.is_symlink()
                   and p.stat().st_size <= _MAX_SIZE)[:_MAX_FILES]
    if not files:
        raise InputRefusedError(f"{folder}: no C source found", hint="--consumers DIR")
    return tuple(files)


def includes(text: str) -> list[str]:
    """The headers that a source includes by name."""
    return _INCLUDE.findall(text)


def included(folder: Path) -> frozenset[str]:
    """The headers that the sources of a directory include by name."""
    return frozenset(
        name for path in sources(folder)
        for name in _INCLUDE.findall(path.read_bytes().decode("utf-8", "replace")))


def uses_any(text: str, headers: frozenset[str]) -> bool:
    """Whether a source includes one of the headers that differ."""
    return any(f"<{h}>" in text or f'"{h}"' in text for h in headers)


def compare(files: tuple[Path, ...], folder: Path, pair: tuple[Compiler, Compiler],
            ) -> tuple[list[Finding], list[str]]:
    """Compile each file with both; returns (findings, notices).

    Programs that do not compile with the old headers are listed and blamed on nobody.
    """
    findings, notices = [], []
    for path in files:
        name = str(path.relative_to(folder))
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        language = ("-x", "c++") if path.suffix in _CPLUSPLUS else ()
        old, new = (c.run(text, *language, "-fsyntax-only", "-Wall") for c in pair)
        if not old.ok:
            notices.append(f"{name}: does not compile on the base: "
                           f"{old.error.text if old.error else '?'}")
            continue
        known = {_key(s) for s in old.said}
        lines: set[int] = set()
        for said in new.said:
            if _key(said) in known or said.file != "t.c" or said.line in lines:
                continue
            known.add(_key(said))
            lines.add(said.line)  # one finding for a line, however often gcc says it
            error = said.grade != "warning"
            findings.append(Finding(
                "uapi-consumer" if error else "uapi-consumer-warning",
                Severity.ERROR if error else Severity.WARNING,
                f"{name}: {'no longer compiles' if error else 'now warns'}: {said.text}",
                where=Location(name, said.line),
                evidence=f"{pair[1].words} -Wall {name}\n{_line(text, said.line)}",
                subject=f"{name} {said.text}", struct=_named(said.text)))
    return findings, notices


def under(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Programs that one change breaks, under the finding about that change.

    A compiler says which struct has no member of which name, or which name is not declared.
    """
    causes = {f.subject: f for f in findings if f.rule == "uapi-source"}
    broken: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule == "uapi-consumer" and (cause := _cause(finding, causes)):
            broken.setdefault(cause, []).append(finding)
    moved = {id(f) for rows in broken.values() for f in rows}
    return tuple(_with(f, broken[f.subject]) if f.rule == "uapi-source" and f.subject in broken
                 else f for f in findings if id(f) not in moved)


def _cause(finding: Finding, causes: Mapping[str, Finding]) -> str:
    member = _MEMBER.search(finding.message)
    name = f"{finding.struct}.{member.group(1)}" if member else ""
    if name in causes:
        return name
    return next((n for n in _QUOTED.findall(finding.message) if n in causes), "")


def _with(finding: Finding, programs: list[Finding]) -> Finding:
    places = [str(p.where) for p in programs]
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    examples = f"example{'s' * (len(places) > 1)} {', '.join(places[:3])}{more}"
    named = f"{_STOPS} (seen with our {examples})"
    return replace(finding, message=finding.message.replace(_STOPS, named, 1),
                   evidence="\n".join([finding.evidence, *(
                       f"{p.where}\n{p.evidence}" for p in programs[:5])]))


_STOPS = "no longer compiles"
_MEMBER = re.compile(r"no member named '(\w+)")
_QUOTED = re.compile(r"'([^']+)'")


def _named(text: str) -> str:
    """The first type that a compiler names."""
    match = re.search(r"\b(?:struct|union|enum) \w+", text)
    return match.group() if match else ""


def _key(said: Said) -> tuple[str, str]:
    return said.grade, re.sub(r"\d+", "", said.text)


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
