# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about code on its tree: new arguments checked, clean types, twins of if and else."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator

from harness.clean import decode
from harness.csource import Node, flat, functions, nodes, parse, text_of
from harness.lint.rule import Hit, Rule, TreeContext, TreeRule
from harness.model import Location
from harness.model.rules import rule_text

_UAPI = re.compile(r"(?:^|/)include/uapi/.*\.h$")
_PADDING = re.compile(r"^(?:pad(?:ding)?|reserved|unused|rsvd|resv?|must_be_zero|mbz)\d*$")
_UNCLEAN = re.compile(r"(?<!long )(?<!long\t)\blong\b(?!\s+long\b)"
                      r"|\b(?:size_t|ssize_t|time_t|l?off_t|uintptr_t)\b"
                      r"|\b(?:bool|_Bool)\b|\bstruct time(?:spec|val)\b")


def _changed(old: bytes, new: bytes) -> Iterator[tuple[list[str], list[tuple[int, str]]]]:
    """The changed places of a file: lines removed, lines added with their numbers."""
    before, after = decode(old).splitlines(), decode(new).splitlines()
    top = next((n for n, (x, y) in enumerate(zip(before, after, strict=False)) if x != y),
               min(len(before), len(after)))
    end = next((n for n, (x, y) in enumerate(zip(
        reversed(before[top:]), reversed(after[top:]), strict=False)) if x != y),
        min(len(before), len(after)) - top)
    before, after = before[top: len(before) - end], after[top: len(after) - end]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(before) > 2000)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield before[a:b], [(top + n + 1, after[n]) for n in range(c, d)]


@functools.lru_cache(maxsize=16)
def members(content: bytes) -> dict[str, tuple[str, int, str]]:
    """The members of all structs and unions of a header: name -> (struct, line, declaration).

    Comments and blanks are left out, and so is what only the kernel sees.
    """
    found: dict[str, tuple[str, int, str]] = {}
    for node in nodes(parse(content)):
        if node.type != "field_declaration" or _inside(node, "function_definition"):
            continue
        if any(b"__KERNEL__" in text_of(n)[:40] for n in _above(node, "preproc_ifdef")):
            continue
        name = next((text_of(n).decode("utf-8", "replace") for n in nodes(node)
                     if n.type == "field_identifier"), "")
        owner = next(iter(_above(node, "struct_specifier")), None)
        title = flat(owner.child_by_field_name("name")) if owner is not None else ""
        found[f"{title}.{name}"] = (title, node.start_point.row + 1, flat(node))
    return found


def _above(node: Node, kind: str) -> Iterator[Node]:
    here = node.parent
    while here is not None:
        if here.type == kind:
            yield here
        here = here.parent


def _inside(node: Node, kind: str) -> bool:
    return next(_above(node, kind), None) is not None


def reused_padding(tree: TreeContext) -> Iterator[tuple[str, str, int, str]]:
    """Padding that got a meaning: (header, new member, line, old name)."""
    for path in tree.paths:
        old, new = tree.before(path), tree.after(path)
        if not _UAPI.search(path) or path.startswith("tools/") or old is None or new is None:
            continue
        before, after = members(old), members(new)
        for key, (owner, line, _) in after.items():
            name = key.partition(".")[2]
            pads = [k.partition(".")[2] for k, (o, _, text) in before.items()
                    if o == owner and _PADDING.match(k.partition(".")[2])
                    and (k not in after or text != after[k][2] or _overlaid(after[k], line))]
            if key not in before and pads and not _PADDING.match(name) and name:
                yield path, name, line, pads[0]


def _overlaid(pad: tuple[str, int, str], line: int) -> bool:
    """Whether a member stands close enough to the padding to share its place (a union)."""
    return abs(pad[1] - line) <= 4


def validated(tree: TreeContext) -> Iterator[Hit]:
    """Former padding has to be validated, since old binaries may have left anything there."""
    names: dict[str, tuple[str, int, str]] = {}
    for path, member, line, pad in reused_padding(tree):
        names.setdefault(member, (path, line, pad))
    for member, (path, line, pad) in names.items():
        files = [f for f in tree.paths if f.endswith((".c", ".h")) and not _UAPI.search(f)
                 and not f.startswith("tools/")]
        uses = [n for f in files for n in _uses(tree.after(f), member)]
        if "read" in uses and "checked" not in uses:
            yield Hit(f"{member} was {pad}, and no code refuses values that it does not know: "
                      "old binaries may have left anything there", Location(path, line), key=member)


def _uses(content: bytes | None, member: str) -> Iterator[str]:
    """Yield how code uses a member: "read" in a condition, "checked" where that bails out."""
    if content is None or not re.search(rb"(?:->|\.)%s\b" % member.encode(), content):
        return
    access = rf"(?:->|\.){member}\b"
    for node in nodes(parse(content)):
        if node.type == "function_definition":
            copies = re.findall(rf"(?<![\w>.])(\w+) = (?:\w|->|[.\[\]()!]|\s)*{access}", flat(node))
            names = "|".join([access, *(rf"\b{c}\b" for c in set(copies))])
            yield from _in_function(node, names, access)


def _in_function(function: Node, names: str, access: str) -> Iterator[str]:
    """``names`` match the member and its copies, ``access`` the member alone."""
    for node in nodes(function):
        if (use := _USES.get(node.type)) is not None:
            yield from use(node, names, access)


_Use = Callable[[Node, str, str], Iterator[str]]


def _branch(node: Node, names: str, access: str) -> Iterator[str]:
    """An if, a switch or a loop: "read" where it asks, "checked" where it leads away."""
    condition = flat(node.child_by_field_name("condition"))
    body = flat(node.child_by_field_name("consequence") or node.child_by_field_name("body"))
    if re.search(names, condition):
        yield "read"
        if node.type == "switch_statement" or re.search(
                r"\b(?:return|goto|break|continue)\b|=\s*-E", body):
            yield "checked"
    elif "flags" in condition and re.search(access, body):
        yield "checked"  # it means something only where a flag says so


def _returned(node: Node, names: str, _access: str) -> Iterator[str]:
    if re.search(names, flat(node)):
        yield "checked"


def _handed_on(node: Node, _names: str, access: str) -> Iterator[str]:
    """An argument is checked by whoever gets it, for all that can be seen here."""
    arguments = node.child_by_field_name("arguments")
    for argument in arguments.named_children if arguments else ():
        if re.fullmatch(rf"[&!]*[\w.>-]*{access}", flat(argument)):
            yield "checked"


def _conditional(node: Node, names: str, _access: str) -> Iterator[str]:
    if re.search(names, flat(node.child_by_field_name("condition"))):
        yield "read"


_USES: dict[str, _Use] = {
    "if_statement": _branch, "switch_statement": _branch, "while_statement": _branch,
    "return_statement": _returned, "call_expression": _handed_on,
    "conditional_expression": _conditional}


def clean_types(tree: TreeContext) -> Iterator[Hit]:
    """Types that userspace sees have one size on 32 and 64 bit: __u32, __u64 and their like."""
    for path in tree.paths:
        new = tree.after(path)
        if not _UAPI.search(path) or path.startswith("tools/") or new is None:
            continue
        before = members(tree.before(path) or b"")
        for key, (_, line, text) in members(new).items():
            if key in before and before[key][2] == text:
                continue
            if "{" not in text and (_UNCLEAN.search(text) or "*" in text):
                yield Hit(f"not a type of fixed size: {text}", Location(path, line), text)


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


def if_else_twins(tree: TreeContext) -> Iterator[Hit]:
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
                              Location(path, line), decode(text_of(node)), key=f"{name} {twins}")


RULES: tuple[Rule, ...] = (
    TreeRule(rule_text("padding-validated"), validated),
    TreeRule(rule_text("uapi-types"), clean_types),
    TreeRule(rule_text("if-else-twins"), if_else_twins),
)
