# SPDX-License-Identifier: GPL-2.0-or-later
"""Requirements of subsystems on new interfaces: data in ``subsystems.toml``, rules here.

For KVM: Documentation/virt/kvm/review-checklist.rst and Documentation/virt/kvm/api.rst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch

from harness.clean import decode
from harness.lint.rule import Hit, Rule, TreeContext, TreeRule
from harness.lint.subsystem import Subsystem, bare_code, sections, subsystems
from harness.model import Location
from harness.model.rules import rule_text

Read = Callable[[str], bytes | None]
Grep = Callable[[str, tuple[str, ...]], tuple[str, ...]]
_DEFINE = re.compile(r"(?m)^#\s*define\s+(\w+)[ \t]+(\S+)")


def _text(read: Read, path: str) -> str:
    return decode(read(path) or b"")


def _capabilities(text: str, row: Subsystem) -> dict[str, str]:
    return {name: value for name, value in _DEFINE.findall(text)
            if re.fullmatch(row.capability, name)}


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


def _document(read: Read, row: Subsystem) -> tuple[str, str]:
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


def _able(read: Read, grep: Grep, row: Subsystem, name: str) -> frozenset[str] | None:
    """The architectures, as the document calls them, that can answer; None: all or not known."""
    names = dict(row.names)
    able: set[str] = set()
    for path in grep(_case(name), row.answers):
        if path.startswith("arch/"):
            able.add(names.get(path.split("/")[1], path.split("/")[1]))
            continue
        guards = _guards(_text(read, path), name)
        if not guards:
            return None
        able |= {names.get(config.split("/")[1], config.split("/")[1])
                 for config in frozenset.intersection(*(frozenset(grep(
                     rf"^[[:space:]]*select {g}([[:space:]]|$)", (row.kconfig,))) for g in guards))}
    return frozenset(able) or None


def waits_for(read: Read, grep: Grep, name: str, srcarch: str, on: frozenset[str]) -> str:
    """The symbol that a kernel lacks for answering, where others of its architecture have it.

    ``on``: the symbols that it has; "": nothing that is known of is the reason.
    """
    for row in subsystems():
        if re.fullmatch(row.capability, name) and dict(row.names).get(srcarch, srcarch) in (
                _able(read, grep, row, name) or ()):
            return next((symbol for path in grep(_case(name), row.answers)
                         for symbol in _guards(_text(read, path), name) if symbol not in on), "")
    return ""


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
            able = [_able(tree.after, tree.grep, row, name) for name in sorted(names & set(after))]
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
                    Location(path, section.line), key=f"{section.title} {' '.join(wrong)}")


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
                yield Hit(f"{name}: only {mine[0].number} names it, and no section of an ioctl, "
                          f"though the argument of one changes ({', '.join(changed)})",
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
            yield Hit(f"{copy} is a copy of this header, which perf's or the selftests' "
                      "maintainers update (tools/include/uapi/README)", Location(path),
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
