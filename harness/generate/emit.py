# SPDX-License-Identifier: GPL-2.0-or-later
"""Spec + language -> C text. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2

from harness.errors import UsageError
from harness.generate.language import Language, PhraseError
from harness.generate.specs import Spec, Test
from harness.profiles import Profile

_WIDTH = 100
_TAB = 8


@dataclass(frozen=True, slots=True)
class _Emitted:
    name: str
    comment: str
    needs: str
    may_differ: str
    lines: tuple[str, ...]


def _pieces(line: str) -> list[str]:
    """Split a C statement behind the commas of its outermost call."""
    pieces, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(line):
        if char == '"' and line[at - 1] != "\\":
            quoted = not quoted
        if quoted:
            continue
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 1:
            pieces.append(line[start: at + 1])
            start = at + 1
    return [piece.strip() for piece in (*pieces, line[start:])]


def wrap(line: str) -> str:
    """Break a long C statement behind commas of its outermost call, as the kernel does."""
    if len(line) + _TAB <= _WIDTH or "(" not in line:
        return line
    indent = " " * (line.index("(") + 1)
    out: list[str] = []
    for piece in _pieces(line):
        if out and len(out[-1]) + len(piece) + 1 + _TAB <= _WIDTH:
            out[-1] += f" {piece}"
        else:
            out.append((indent if out else "") + piece)
    return "\n\t".join(_tabs(text) for text in out)


def _tabs(text: str) -> str:
    bare = text.lstrip(" ")
    depth = len(text) - len(bare)
    return "\t" * (depth // _TAB) + " " * (depth % _TAB) + bare


def _comment(text: str) -> str:
    """A comment of one line or several."""
    text = text.replace("*/", "* /")
    rows = textwrap.wrap(f"{text}.", _WIDTH - 10)
    return f"/* {rows[0]} */" if len(rows) == 1 else "\n".join(
        ("/*", *(f" * {row}" for row in rows), " */"))


def _string(text: str) -> str:
    """A string constant below ``{ "name", name,`` in the table of tests, or ""."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    rows = textwrap.wrap(text, _WIDTH - 26, drop_whitespace=False)
    return "\n\t\t  ".join(f'"{row}"' for row in rows)


def _emit(spec: Spec, test: Test, language: Language, profile: Profile) -> _Emitted:
    lines = []
    for number, step in enumerate(test.steps, 1):
        try:
            lines.append(wrap(language.translate(step, test.steps[: number - 1])))
        except PhraseError as error:
            raise UsageError(
                f"{spec.path}:{test.line}: {test.name}, step {number}: {error}") from None
    needs = profile.needs.replace("{0}", test.needs) if test.needs else ""
    return _Emitted(test.name, _comment(test.says), needs, _string(test.may_differ), tuple(lines))


def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined, autoescape=False,  # noqa: S701  (C, not HTML)
        keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)


def generate(spec: Spec, language: Language, profile: Profile) -> str:
    """The C source of one spec's program; raises ``UsageError`` for a wrong step."""
    tests = [_emit(spec, test, language, profile) for test in spec.tests]
    return _template("program.c.j2").render(spec=spec, profile=profile, tests=tests)


def generate_all(specs: tuple[Spec, ...], language: Language, profile: Profile,
                 library: str) -> str:
    """One self-contained program of many specs; names begin with the spec's."""
    tests = [replace(_emit(spec, test, language, profile), name=f"{spec.name}_{test.name}")
             for spec in specs for test in spec.tests]
    return _template("selftest.c.j2").render(profile=profile, tests=tests, library=library)
