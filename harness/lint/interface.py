# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about code on its tree: new arguments checked, clean types, twins of if and else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from harness.clean import decode
from harness.csource import Node, flat, functions, nodes, parse, text_of
from harness.lint.rule import Context, Hit, PatchRule, Rule, TreeRule
from harness.model import Patch, Severity

_UAPI = re.compile(r"(?:^|/)include/uapi/.*\.h$")
_PADDING = re.compile(r"^\s*__[usbl]e?\d+\s+((?:pad|reserved|unused|rsvd|res)\w*)")
_MEMBER = re.compile(r"^\s*(?:union\s*\{)?\s*(?:__\w+|struct \w+|enum \w+)\s+(\w+)(?:\[\w*\])?;")
_UNCLEAN = re.compile(r"^\s+(?:const )?(?:(?:unsigned |signed )?long\b(?! long)|size_t|ssize_t"
                      r"|time_t|off_t|bool|_Bool|u?int(?:8|16|32|64)_t|[us](?:8|16|32|64)\b"
                      r"|(?:const )?(?:void|char|struct \w+) \*)[\s*]*\w+\s*(?:\[\w*\])?;")


def _changed(old: bytes, new: bytes) -> Iterator[tuple[list[str], list[tuple[int, str]]]]:
    """The changed places of a file: lines removed, lines added with their numbers."""
    before, after = decode(old).splitlines(), decode(new).splitlines()
    top = next((n for n, (x, y) in enumerate(zip(before, after, strict=False)) if x != y),
               min(len(before), len(after)))
    end = next((n for n, (x, y) in enumerate(zip(
        reversed(before[top:]), reversed(after[top:]), strict=False)) if x != y),
        min(len(before), len(after)) - top)
    before, after = before[top: len(before) - end], after[top: len(after) - end]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield before[a:b], [(top + n + 1, after[n]) for n in range(c, d)]


def reused_padding(tree: Context) -> Iterator[tuple[str, str, int, str]]:
    """Padding that got a meaning: (header, new member, line, old name)."""
    for path in tree.paths:
        old, new = tree.before(path), tree.after(path)
        if not _UAPI.search(path) or path.startswith("tools/") or old is None or new is None:
            continue
        for removed, added in _changed(old, new):
            pads = [m.group(1) for t in removed if (m := _PADDING.match(t))]
            for line, text in added if pads else ():
                member = _MEMBER.match(text)
                if member and member.group(1) not in pads:
                    yield path, member.group(1), line, pads[0]


def validated(tree: Context) -> Iterator[Hit]:
    """What was padding is checked before it means something: old binaries left anything there."""
    names: dict[str, tuple[str, int, str]] = {}
    for path, member, line, pad in reused_padding(tree):
        names.setdefault(member, (path, line, pad))
    for member, (path, line, pad) in names.items():
        if not any(_rejects(tree, file, member) for file in tree.paths if file.endswith(".c")):
            yield Hit(f"{member} was {pad}, and no code refuses values that it does not know: "
                      "old binaries may have left anything there", f"{path}:{line}", key=member)


def _rejects(tree: Context, path: str, member: str) -> bool:
    """Whether a condition on the member leads to an error or a mask of known bits is tested."""
    content = tree.after(path)
    if content is None or member.encode() not in content:
        return False
    for node in nodes(parse(content)):
        if node.type != "if_statement" or member.encode() not in text_of(
                node.child_by_field_name("condition")):
            continue
        condition = flat(node.child_by_field_name("condition"))
        uses = re.search(rf"(?:->|\.){member}\b\s*(?:[!=<>]=|[<>&])|"
                         rf"(?:[!=<>]=|[<>&])\s*[^&|=]*(?:->|\.){member}\b", condition)
        leaves = flat(node.child_by_field_name("consequence"))
        if uses and re.search(r"return\s*\(?-E|=\s*-E|\bgoto\b", leaves):
            return True
    return False


def clean_types(patch: Patch) -> Iterator[Hit]:
    """Types that userspace sees have one size on 32 and 64 bit: __u32, __u64 and their like."""
    for file in patch.files:
        if not _UAPI.search(file.path) or file.path.startswith("tools/"):
            continue
        for line, text in file.added_lines:
            if _UNCLEAN.match(text):
                yield Hit(f"not a type of fixed size: {text.strip()}", f"{file.path}:{line}", text)


def _twins(node: Node) -> tuple[str, str, str] | None:
    """The two arms of an if that differ in one argument of one call, and the condition."""
    one, two = (node.child_by_field_name(f) for f in ("consequence", "alternative"))
    if one is None or two is None:
        return None
    calls = []
    for arm in (one, two.named_children[0] if two.type == "else_clause" else two):
        inner = arm
        while inner.type == "compound_statement" and inner.named_child_count == 1:
            inner = inner.named_children[0]
        if inner.type != "expression_statement":
            return None
        found = [n for n in nodes(inner) if n.type == "call_expression"]
        if not found:
            return None
        call = found[0]
        arguments = call.child_by_field_name("arguments")
        calls.append((flat(inner).split("(", 1)[0],
                      [flat(a) for a in arguments.named_children] if arguments else []))
    (head, mine), (other, theirs) = calls
    differ = [(a, b) for a, b in zip(mine, theirs, strict=False) if a != b]
    if head != other or len(mine) != len(theirs) or len(mine) < 3 or len(differ) != 1:
        return None
    return flat(node.child_by_field_name("condition")), *differ[0]


def if_else_twins(tree: Context) -> Iterator[Hit]:
    """Two calls that differ in one argument read better as one with a ?: in it."""
    for path in tree.paths:
        old, new = tree.before(path), tree.after(path)
        if not path.endswith(".c") or new is None:
            continue
        fresh = {n for _, added in _changed(old or b"", new) for n, _ in added}
        for name, function in functions(parse(new)).items() if fresh else ():
            for node in nodes(function):
                line = node.start_point.row + 1
                if node.type == "if_statement" and line in fresh and (twins := _twins(node)):
                    yield Hit(f"both arms make the same call but for one argument: it could be "
                              f"{twins[0].strip('()')} ? {twins[1]} : {twins[2]}",
                              f"{path}:{line}", decode(text_of(node)), key=f"{name} {twins}")


RULES: tuple[Rule, ...] = (
    TreeRule("padding-validated", Severity.WARNING,
             "what was padding is checked before it means something", validated),
    PatchRule("uapi-types", Severity.WARNING, "types that userspace sees have one size",
              clean_types),
    TreeRule("if-else-twins", Severity.NOTE, "calls that differ in one argument are one call",
             if_else_twins),
)
