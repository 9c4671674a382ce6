# SPDX-License-Identifier: GPL-2.0-or-later
"""What a subsystem wants of its interfaces (subsystems.toml), and its document in sections."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_DATA = Path(__file__).with_name("subsystems.toml")
# api.rst underlines its headings; api.txt, before 5.7, has an empty line below them.
_HEADING = re.compile(r"(?m)^(\d+\.\d+)\.? +(\S[^\n]*)\n(?:[-=~^]{4,}[ \t]*$|(?=\n))")
_ARCHES = re.compile(r"(?mi)^:?Architectures?:\s*([^\n]+(?:\n[ \t]+\S[^\n]*)*)")
_FIELD = re.compile(r"(?mi)^:?Capabilit(?:y|ies):\s*([^\n]*(?:\n[ \t]+\S[^\n]*)*)")


@dataclass(frozen=True, slots=True)
class Subsystem:
    """A row: see the comments of the file."""

    name: str
    source: str
    header: str
    capability: str
    documents: tuple[str, ...]
    answers: tuple[str, ...]
    kconfig: str
    selftests: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...]


@functools.cache
def subsystems() -> tuple[Subsystem, ...]:
    """All rows."""
    rows = tomllib.loads(_DATA.read_text("utf-8"))["subsystem"]
    return tuple(Subsystem(
        r["name"], r["source"], r["header"], r["capability"], tuple(r["documents"]),
        tuple(r["answers"]), r["kconfig"], tuple(r["selftests"]), tuple(r["names"].items()),
        tuple(r["aliases"].items()))
        for r in rows)


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the document."""

    number: str
    title: str
    line: int
    text: str

    def names(self, capability: str) -> frozenset[str]:
        """The capabilities that it is about: those of its heading and its field."""
        field = _FIELD.search(self.text)
        about = self.title + " " + (field.group(1) if field else "")
        return frozenset(re.findall(rf"\b{capability}\b", about))

    @property
    def arches(self) -> tuple[str, ...]:
        """The architectures that it lists, in lower case."""
        match = _ARCHES.search(self.text)
        value = re.split(r"\b(?:but|not|except)\b", match.group(1))[0] if match else ""
        return tuple(w.lower() for w in re.findall(r"[\w-]+", value))


def sections(text: str) -> tuple[Section, ...]:
    """The numbered sections of a document, each up to the next heading."""
    found = list(_HEADING.finditer(text))
    if not found:
        return ()
    ends = [m.start() for m in found[1:]] + [len(text)]
    bodies = [text[m.start():end] for m, end in zip(found, ends, strict=True)]
    lines = itertools.accumulate((b.count("\n") for b in bodies),
                                 initial=text.count("\n", 0, found[0].start()) + 1)
    return tuple(Section(m.group(1), m.group(2).strip(), line, body)
                 for m, line, body in zip(found, lines, bodies, strict=False))


def bare_code(text: str) -> str:
    """Code without comments and blanks: what is left when only these changed is the same."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\s+", "", text, flags=re.DOTALL)
