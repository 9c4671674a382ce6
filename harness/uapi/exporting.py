# SPDX-License-Identifier: GPL-2.0-or-later
"""Find what ``make headers`` and usr/include/Makefile refuse: licence, CONFIG symbols, C90.

scripts/headers_install.sh (since 5.3; leaks are errors since 5.15) and CONFIG_UAPI_HEADER_TEST.
What the base has already is nobody's fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.evidence import bare_code
from harness.model import Finding, Location, Severity
from harness.uapi.compiler import Compiler
from harness.uapi.headers import COMMENT, transform

_LICENCE = re.compile(r"SPDX-License-Identifier:[^\n]*GPL-[^\n]*")
_NOTE = "WITH Linux-syscall-note"
_CONFIG = re.compile(r"\bCONFIG_\w+")
C90 = ("-fsyntax-only", "-std=c90", "-Werror=implicit-function-declaration")
AS_C90 = "c90"  # this question, for ``grouped``


_GUARD = re.compile(r"\s*#[ \t]*ifndef[ \t]+(\w+)[^\n]*\n\s*#[ \t]*define[ \t]+\1\b")


def _no_note(text: str) -> str:
    match = next((m for m in _LICENCE.finditer(text) if _NOTE not in m.group()), None)
    return match.group() if match else ""


def _leaks(text: str) -> dict[str, int]:
    """CONFIG symbols that stay in the exported header, and the line of each."""
    code = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), transform(text))
    return {m.group(): code.count("\n", 0, m.start()) + 1 for m in reversed(
        list(_CONFIG.finditer(code))[:1000])}


def same_code(old: str | None, new: str | None) -> bool:
    """Whether two versions differ in comments and blanks alone.

    Not where there is a comment that begins with //: it stops C90.
    """
    return None not in (old, new) and "//" not in str(new) and (
        bare_code(str(old)) == bare_code(str(new)))


def texts(old: str | None, new: str, path: str) -> Iterator[Finding]:
    """Problems of a header's text that are new; ``old`` is None for a new header."""
    if (line := _no_note(new)) and (old is None or not _no_note(old)):
        yield Finding(
            "uapi-export", Severity.ERROR, f"{path}: the licence lacks {_NOTE!r}: make headers "
            "refuses the header, and programs could not include it", where=Location(path, 1),
            evidence=line, subject=f"{path} licence")
    known = _leaks(old) if old is not None else {}
    for name, number in sorted(_leaks(new).items()):
        if name not in known:
            yield Finding(
                "uapi-export", Severity.ERROR, f"{path}: {name} is not defined in userspace, where "
                "the header reads as if it were off; make headers refuses it",
                where=Location(path, number), subject=f"{path} {name}")


def guard_of(text: str) -> str:
    """The macro that keeps a header from being read twice; "" where there is none."""
    match = _GUARD.match(COMMENT.sub(" ", text))
    return match.group(1) if match else ""


def guards(header: str, before: Mapping[str, str], after: Mapping[str, str],
           path: str) -> Iterator[Finding]:
    """A guard that is that of another header too: who includes both gets one of them."""
    name = guard_of(after[header])
    if not name or name == guard_of(before.get(header, "")):
        return
    rivals = [h for h, text in after.items() if h != header and name in text
              and guard_of(text) == name and not h.startswith("asm-generic/")]
    if rivals:
        yield Finding(
            "uapi-header", Severity.ERROR, f"{header}: {name} guards <{rivals[0]}> too: a program "
            "that includes both gets the first of them alone", where=Location(path),
            evidence=f"#ifndef {name}", subject=f"{header} guard")


def c90(header: str, path: str, pair: tuple[Compiler | None, Compiler]) -> Iterator[Finding]:
    """A header that compiled alone in C90 (or is new) and does not."""
    old, new = pair
    source = f"#include <{header}>\n"
    done = new.run(source, *C90)
    if done.ok or (old is not None and not old.run(source, *C90).ok):
        return
    if not new.run(source, "-fsyntax-only", "-w").ok:
        return  # it does not compile alone at all: uapi-header reports that
    first = done.error
    yield Finding(
        "uapi-export", Severity.ERROR, f"{path}: does not compile as C90, which "
        "usr/include/Makefile asks of every exported header"
        + (f": {first.text}" if first else ""),
        where=Location(path, first.line if first else 0),
        evidence=f"gcc -std=c90\n{first}" if first else "",
        subject=f"{path} c90")
