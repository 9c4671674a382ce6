# SPDX-License-Identifier: GPL-2.0-or-later
"""Requirements of subsystems on new interfaces: data in ``subsystems.toml``, rules here.

For KVM: Documentation/virt/kvm/review-checklist.rst and Documentation/virt/kvm/api.rst.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from harness.clean import decode
from harness.lint.rule import Hit, Rule, TreeContext, TreeRule
from harness.model import Location
from harness.rules import rule_text

_DATA = Path(__file__).with_name("subsystems.toml")
_DEFINE = re.compile(r"(?m)^#\s*define\s+(\w+)[ \t]+(\S+)")
# api.rst underlines its headings; api.txt, before 5.7, has an empty line below them.
_HEADING = re.compile(r"(?m)^(\d+\.\d+)\.? +(\S[^\n]*)\n(?:[-=~^]{4,}[ \t]*$|(?=\n))")
_FIELD = re.compile(r"(?mi)^:?Capabilit(?:y|ies):\s*([^\n]*(?:\n[ \t]+\S[^\n]*)*)")
_ARCHES = re.compile(r"(?mi)^:?Architectures?:\s*([^\n]+(?:\n[ \t]+\S[^\n]*)*)")


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


def _text(read: Callable[[str], bytes | None], path: str) -> str:
    return decode(read(path) or b"")


def _capabilities(text: str, row: Subsystem) -> dict[str, str]:
    return {name: value for name, value in _DEFINE.findall(text)
            if re.fullmatch(row.capability, name)}


def bare_code(text: str) -> str:
    """Code without comments and blanks: what is left when only these changed is the same."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\s+", "", text, flags=re.DOTALL)


def _line(text: str, name: str) -> int:
    match = re.search(rf"(?m)^#\s*define\s+{name}\b", text)
    return text.count("\n", 0, match.start()) + 1 if match else 0


def _rows(tree: TreeContext) -> Iterator[tuple[Subsystem, dict[str, str], dict[str, str]]]:
    """The subsystems whose header there is, with their capabilities before and after."""
    for row in subsystems():
        after = _text(tree.after, row.header)
        if after and any(p == row.header or p in row.documents or any(
                fnmatch(p, a) for a in (*row.answers, row.kconfig)) for p in tree.paths):
            yield (row, _capabilities(_text(tree.before, row.header), row),
                   _capabilities(after, row))


def _new(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The capabilities that are new; another name of an old one is not."""
    return [n for n, value in after.items() if n not in before and value not in after
            and not any(v == n for old, v in after.items() if old in before)]


def _about(text: str, row: Subsystem) -> frozenset[str]:
    """The capabilities that some section is about."""
    return frozenset(n for s in sections(text) for n in s.names(row.capability))


def _document(read: Callable[[str], bytes | None], row: Subsystem) -> tuple[str, str]:
    return next(((p, t) for p in row.documents if (t := _text(read, p))), ("", ""))


def documented(tree: TreeContext) -> Iterator[Hit]:
    """A capability that the series adds, or that had been documented, is in the document."""
    for row, before, after in _rows(tree):
        path, text = _document(tree.after, row)
        _, old = _document(tree.before, row)
        if not sections(text):
            continue  # no document, or one of a form that this does not know
        now, then = _about(text, row), _about(old, row)
        for name in _new(before, after):
            if name not in now:
                yield Hit(f"{name} is new, and no section of {path} is about it",
                          _defined(tree, row, name), key=name)
        for name in sorted((then - now) & set(after) & set(before)):
            if not re.search(rf"\b{name}\b", text):
                yield Hit(f"{name} was in {path} and is not any more", Location(path), key=name)


def _case(name: str) -> str:
    return rf"(case[[:space:]]+(.*\.\.\.[[:space:]]*)?|==[[:space:]]*){name}([^A-Z0-9_]|$)"


def returned(tree: TreeContext) -> Iterator[Hit]:
    """A new capability is answered by KVM_CHECK_EXTENSION."""
    for row, before, after in _rows(tree):
        for name in _new(before, after):
            if not tree.grep(_case(name), row.answers):
                yield Hit(f"{name} is new, but nothing in {', '.join(row.answers)} answers it",
                          _defined(tree, row, name), key=name)


def _defined(tree: TreeContext, row: Subsystem, name: str) -> Location:
    """The line where the header of the patched tree defines a name."""
    return Location(row.header, _line(_text(tree.after, row.header), name))


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def follows(tree: TreeContext) -> Iterator[Hit]:
    """A new number follows the last one."""
    for row, before, after in _rows(tree):
        numbers = [n for v in before.values() if (n := _number(v)) is not None]
        for name in _new(before, after):
            value = _number(after[name])
            if value is not None and numbers and value <= max(numbers):
                yield Hit(f"{name} is {value}, the last number before it is {max(numbers)}",
                          _defined(tree, row, name), key=name)


def _guards(text: str, name: str) -> tuple[str, ...]:
    """The CONFIG symbols that have to be set for ``case NAME:`` to be compiled."""
    stack: list[str] = []
    for line in text.splitlines():
        if match := re.match(r"\s*#\s*(ifdef|if|ifndef)\b(.*)", line):
            symbol = re.search(r"CONFIG_(\w+)", match.group(2))
            plain = match.group(1) != "ifndef" and "!" not in match.group(2) and (
                "||" not in match.group(2))
            stack.append(symbol.group(1) if symbol and plain else "")
        elif re.match(r"\s*#\s*el(?:se|if)\b", line) and stack:
            stack[-1] = ""
        elif re.match(r"\s*#\s*endif\b", line) and stack:
            stack.pop()
        elif re.search(rf"\bcase\s+{name}\b", line):
            return tuple(s for s in stack if s)
    return ()


def _able(tree: TreeContext, row: Subsystem, name: str) -> frozenset[str] | None:
    """The architectures, as the document calls them, that can answer; None: all or not known."""
    names = dict(row.names)
    able: set[str] = set()
    for path in tree.grep(_case(name), row.answers):
        if path.startswith("arch/"):
            able.add(names.get(path.split("/")[1], path.split("/")[1]))
            continue
        guards = _guards(_text(tree.after, path), name)
        if not guards:
            return None
        able |= {names.get(config.split("/")[1], config.split("/")[1])
                 for config in frozenset.intersection(*(frozenset(tree.grep(
                     rf"^[[:space:]]*select {g}([[:space:]]|$)", (row.kconfig,))) for g in guards))}
    return frozenset(able) or None


def architectures(tree: TreeContext) -> Iterator[Hit]:
    """The architectures that the document lists are those that compile the code."""
    for row, _, after in _rows(tree):
        path, text = _document(tree.after, row)
        _, old = _document(tree.before, row)
        known = {(s.title, s.arches, s.names(row.capability)) for s in sections(old)}
        aliases = dict(row.aliases)
        for section in sections(text) if path in tree.paths else ():
            names = section.names(row.capability)
            if (section.title, section.arches, names) in known or "all" in section.arches:
                continue
            able = [_able(tree, row, name) for name in sorted(names & set(after))]
            if not able or None in able:
                continue
            whole = frozenset(a for one in able for a in one or ())
            wrong = [a for a in section.arches if aliases.get(a, a) not in whole
                     and aliases.get(a, a) in dict(row.names).values()]
            if wrong:
                yield Hit(
                    f"{section.number} {section.title}: lists {', '.join(wrong)}, where nothing "
                    f"answers {', '.join(sorted(names & set(after)))}; those that do: "
                    f"{', '.join(sorted(whole))}",
                    Location(path, section.line), key=f"{section.title} {wrong}")


def in_its_section(tree: TreeContext) -> Iterator[Hit]:
    """A capability that changes an ioctl's argument stands in the section of that ioctl."""
    for row, before, after in _rows(tree):
        path, text = _document(tree.after, row)
        new = _new(before, after)
        if not new or not path or not (changed := _changed_arguments(tree, row)):
            continue
        for name in new:
            mine = [s for s in sections(text) if name in s.names(row.capability)]
            if mine and not any(re.search(r"(?mi)^:?Type:.*\bioctl", s.text) for s in mine):
                yield Hit(f"{name} stands only in {mine[0].number} {mine[0].title}: no section of "
                          f"an ioctl names it, though the argument of one changes "
                          f"({', '.join(changed)})",
                          Location(path, mine[0].line), key=name)


def _changed_arguments(tree: TreeContext, row: Subsystem) -> tuple[str, ...]:
    """Structs of the header that an ioctl takes and that read differently after the series."""
    old, new = (_text(read, row.header) for read in (tree.before, tree.after))
    taken = set(re.findall(r"_IO[WR]{1,2}\([^,]+,[^,]+,\s*struct (\w+)\)", new))
    bodies = [{name: bare_code(body) for name, body in re.findall(
        r"(?ms)^struct (\w+) \{\n(.*?)^\}", text)} for text in (old, new)]
    return tuple(sorted(s for s in taken if bodies[0].get(s) and bodies[1].get(s)
                        and bodies[0][s] != bodies[1][s]))


def selftest(tree: TreeContext) -> Iterator[Hit]:
    """New interface comes with a test in the tree."""
    for row, before, after in _rows(tree):
        new = _new(before, after)
        if new and not any(p.startswith(t) for p in tree.paths for t in row.selftests):
            yield Hit(f"{', '.join(new)}: no test in {', '.join(row.selftests)} comes with it "
                      f"({row.source})", Location(row.header), key=" ".join(new))


def copies(tree: TreeContext) -> Iterator[Hit]:
    """Tools have copies of headers, which their own maintainers bring up to date."""
    for path in tree.paths:
        copy = f"tools/{path}"
        if "include/uapi/" in path and copy not in tree.paths and tree.after(copy) is not None:
            yield Hit(f"{copy} is a copy of it: that follows by itself, through perf's or the "
                      "selftests' maintainers (tools/include/uapi/README)", Location(path),
                      key=path)


RULES: tuple[Rule, ...] = (
    TreeRule(rule_text("capability-documented"), documented),
    TreeRule(rule_text("capability-returned"), returned),
    TreeRule(rule_text("capability-number"), follows),
    TreeRule(rule_text("capability-architectures"), architectures),
    TreeRule(rule_text("capability-section"), in_its_section),
    TreeRule(rule_text("interface-selftest"), selftest),
    TreeRule(rule_text("header-copies"), copies),
)
