# SPDX-License-Identifier: GPL-2.0-or-later
"""Which names can mean something else in another version of a header. Pure.

What is declared with the same words by both versions, of names that both declare with the same
words, is the same to a compiler: nothing has to be compiled to know that. Read from what the
preprocessor leaves of each (``gcc -E -dD``); where that is in doubt a name counts as affected.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.model import Difference
from harness.uapi.headers import WORD

_DEFINE = re.compile(r"#define (\w+)")
_PRAGMA = re.compile(r"#pragma (?:GCC )?\w+")
_UNDEF = re.compile(r"#undef (\w+)")
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_]\w*|\d[\w.]*|\S')
_SUFFIXED = re.compile(r"__U?INT(?:\d+|MAX)_C")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_KEYWORDS = frozenset((
    *("auto", "char", "const", "double", "enum", "extern", "float", "inline", "int", "long"),
    *("register", "restrict", "return", "short", "signed", "sizeof", "static", "struct"),
    *("typedef", "union", "unsigned", "void", "volatile", "_Bool", "_Static_assert", "__int128"),
    *("__inline", "__inline__", "__attribute__", "__attribute", "__extension__", "__signed__"),
    *("__volatile__", "__const", "__restrict", "__aligned__", "aligned", "__packed__", "packed")))
_ATTRIBUTES = frozenset({"__attribute__", "__attribute"})
_NO_FUNCTION = re.compile(r"typedef\b|(?:struct|union|enum)\s+__attribute")
_NEAR = 30  # tokens before a brace in which its keyword is looked for
_RECORDS = frozenset({"struct", "union"})
_TAGGED = frozenset({"struct", "union", "enum"})
_OPEN, _CLOSE = frozenset("({["), frozenset(")}]")


@dataclass(slots=True)
class _Neutral:
    """Names that a declaration may only use: tags, and what has no keyword before it."""

    tags: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Text:
    """What one version leaves: the text of each macro, and its declarations."""

    macros: dict[str, str] = field(default_factory=dict)
    declarations: list[str] = field(default_factory=list)  # with the pragmas that reach them
    pragmas: list[str] = field(default_factory=list)  # those that reach what follows the header


@functools.lru_cache(8)  # the texts of another ABI may be the same
def compare(before: str, after: str) -> Difference | None:
    """How the second differs from the first; None where no name is sure to mean the same.

    Both texts are the output of ``gcc -E -dD`` for the same source.
    """
    old, new = _read(before), _read(after)
    if old.pragmas != new.pragmas:
        return None
    names = {n for n in old.macros.keys() | new.macros.keys()
             if old.macros.get(n) != new.macros.get(n)}
    words = set(names)
    kept = _in_order(old.declarations, new.declarations)
    changed = [*({*old.declarations, *new.declarations} - set(kept))]
    neutral = _neutral(kept) if changed else _Neutral()
    for text in changed:
        names |= _possible(text, neutral)
        names.update(_defined(text))
        words.update(WORD.findall(text))
    if names:  # what is pasted together is said nowhere; gcc's own paste a number and its suffix
        names |= {n for n, text in (*old.macros.items(), *new.macros.items())
                  if "##" in text and not _SUFFIXED.fullmatch(n)}
    return Difference(frozenset(_reached(names, kept, new.macros, neutral)), frozenset(words))


def _in_order(one: list[str], two: list[str]) -> list[str]:
    """The declarations of both that come in the same order: where one stands can matter."""
    places = {text: n for n, text in enumerate(two)}
    ends: list[tuple[int, str]] = []  # the least last place of a row of each length
    before: dict[str, str | None] = {}
    for text in dict.fromkeys(one):
        if text not in places:
            continue
        at = bisect.bisect_left(ends, (places[text], ""))
        before[text] = ends[at - 1][1] if at else None
        ends[at:at + 1] = [(places[text], text)]
    found = list[str]()
    here = ends[-1][1] if ends else None
    while here is not None:
        found.append(here)
        here = before[here]
    return found


@functools.lru_cache(20_000)  # many headers include the same declarations
def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text))


def _reached(names: set[str], kept: Iterable[str], macros: Mapping[str, str], neutral: _Neutral,
             ) -> set[str]:
    """With the names of all that says one of them, again and again."""
    rows = [*((_words(text), text, "") for text in kept),
            *((_words(body), "", name) for name, body in macros.items() if name not in names)]
    hit = rows if names else []
    while hit:
        hit = [row for row in rows if not row[0].isdisjoint(names)]
        rows = [row for row in rows if row[0].isdisjoint(names)]
        for _, text, name in hit:
            names |= _possible(text, neutral) | _defined(text) if text else {name}
    return names


def _read(preprocessed: str) -> _Text:
    found, part, depth = _Text(), list[str](), 0
    for line in preprocessed.splitlines():
        if line.startswith("#"):
            _directive(line, found)
            continue
        if not line or line.isspace():
            continue
        part.append(line)
        bare = _QUOTED.sub("", line) if "'" in line or '"' in line else line
        depth += bare.count("{") - bare.count("}")
        end = line.rstrip()[-1]
        if depth <= 0 and (end == ";" or (end == "}" and _is_function(part))):
            found.declarations.append(_declaration(part, found.pragmas))
            part, depth = [], 0
    if part:
        found.declarations.append(_declaration(part, found.pragmas))
    return found


def _declaration(part: list[str], pragmas: list[str]) -> str:
    return "\n".join([" ".join(" ".join(part).split()), *pragmas])


def _is_function(part: list[str]) -> bool:
    """Whether code ends here, behind which no semicolon stands."""
    head = " ".join(part).partition("{")[0].strip()
    return head.endswith(")") and not _NO_FUNCTION.match(head)


def _directive(line: str, found: _Text) -> None:
    if match := _DEFINE.match(line):
        found.macros[match.group(1)] = line
    elif match := _UNDEF.match(line):
        found.macros.pop(match.group(1), None)
    elif line.startswith("#pragma"):
        kind = _PRAGMA.match(line)
        same = [n for n, one in enumerate(found.pragmas)
                if kind and one.startswith(kind.group())] if "pop" in line else []
        if same:
            del found.pragmas[same[-1]]
        else:
            found.pragmas.append(line)


@functools.lru_cache(20_000)
def _parts(text: str) -> tuple[str, ...]:
    """The tokens of a declaration, without the pragmas that reach it."""
    return tuple(_PART.findall(text.partition("\n")[0]))


@functools.lru_cache(20_000)
def _defined(text: str) -> frozenset[str]:
    """The names that a declaration surely defines: tags, constants, a typedef's, a function's."""
    return frozenset(_surely(_parts(text)))


def _surely(parts: tuple[str, ...]) -> Iterator[str]:
    stack: list[str] = []
    for at, one in enumerate(parts):
        last = parts[at - 1] if at and _is_name(parts[at - 1]) else ""
        if one == "{":
            stack.append(_opens(parts, at))
            if last and stack[-1] != "code":
                yield last  # its tag
        elif one in _OPEN:
            if last and not stack and parts[at + 1:at + 2] != ("*",):
                yield last
            stack.append(one)
        elif one in _CLOSE:
            del stack[-1:]
        elif stack and stack[-1] == "enum" and parts[at - 1] in {"{", ","} and _is_name(one):
            yield one
        elif last and one == ";" and not stack:
            yield last


def _is_name(part: str) -> bool:
    return part not in _KEYWORDS and WORD.fullmatch(part) is not None


def _opens(parts: tuple[str, ...], at: int) -> str:
    """What a brace opens: a record, an enum, or code."""
    here = at - 1
    while here > max(at - _NEAR, -1) and parts[here] not in {";", "{", "}", "="}:
        if parts[here] == ")":
            here = _matching(parts, here) - 1
            if here < 0 or parts[here] not in _ATTRIBUTES:
                return "code"
        elif parts[here] in _RECORDS:
            return "record"
        elif parts[here] == "enum":
            return "enum"
        here -= 1
    return "code"


def _matching(parts: tuple[str, ...], at: int) -> int:
    """Where the bracket opens that closes here; 0 where it does not."""
    depth = 0
    for here in range(at, -1, -1):
        depth += (parts[here] == ")") - (parts[here] == "(")
        if not depth:
            return here
    return 0


def _neutral(kept: Iterable[str]) -> _Neutral:
    found = _Neutral()
    for text in kept:
        names, parts = _defined(text), _parts(text)
        tags = {two for one, two, brace in zip(parts, parts[1:], parts[2:], strict=False)
                if one in _TAGGED and brace == "{"}
        found.tags |= tags
        found.others |= names - tags
        if parts[:1] == ("typedef",) and parts[-2:-1] and parts[-2] in names:
            found.others.add(parts[-2])
    return found


_DECLARED = frozenset({";", ",", "=", "[", ":", "__asm__", "asm"}) | _ATTRIBUTES


def _possible(text: str, neutral: _Neutral) -> set[str]:
    """All words that a declaration may define: those outside the bodies of records and code.

    What is followed as a declared name is counts in any case; others only where nothing else
    defines them.
    """
    parts = _parts(text)
    found, stack = set[str](), list[str]()
    typedef = "typedef" in parts[:3]
    open_ = typedef or "{" not in parts  # what is in brackets may be declared there
    for at, one in enumerate(parts):
        if one in _OPEN:
            stack.append("open" if one == "(" and open_ and (
                not at or parts[at - 1] not in _ATTRIBUTES) else one)
        elif one in _CLOSE:
            del stack[-1:]
        elif _is_name(one) and (all(kind == "open" for kind in stack)
                                or parts[max(at - 2, 0):at] == ("(", "*")):
            tagged = at > 0 and parts[at - 1] in _TAGGED
            declared = not tagged and not stack and parts[at + 1:at + 2] and (
                parts[at + 1] in _DECLARED)
            if declared or one not in (neutral.tags if tagged else neutral.others):
                found.add(one)
    return found
