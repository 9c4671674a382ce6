# SPDX-License-Identifier: GPL-2.0-or-later
"""Userspace source that uses every old name, to be compiled against the new header.

This is what no layout comparison can see: a renamed field keeps size and
offset, and breaks every program that says the old name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from harness.model import HeaderApi, Member, StructLayout
from harness.uapi.context import is_padding, stands_for_a_type
from harness.uapi.numbers import accepts

OUR = "harness_"  # of every name that a use defines: no header has it
ADDRESS = "its address"
SOFT = ("positional initialiser",)
EMBEDDINGS = ("a member of another struct", "an array of it", "in a union")
# What __DECLARE_FLEX_ARRAY makes beside the array (include/uapi/linux/stddef.h), for the compiler.
_EMPTY = re.compile(r"(?:^|\.)__empty_\w+$")
ASSIGNMENT = "assignment"
TYPED = (ADDRESS, "result", ASSIGNMENT, "write to an element", "write through it")
_ARRAY = re.compile(r"@\[(\d*)\]")


@dataclass(frozen=True, slots=True)
class Use:
    """One line of userspace C; ``name`` is what it uses, ``how`` in which way.

    ``c_alone``: no C++ takes it, so that nothing can be broken there.
    """

    name: str
    how: str
    code: str
    c_alone: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A use that compiled (or was silent) before and no longer does."""

    use: Use
    message: str
    command: str
    warning: bool


def _scalar(member: Member) -> bool:
    kind = member.type
    return (kind[:1] in "us" and kind[1:].isdigit()) or kind in {"bool", "float", "pointer"}


def _positional(layout: StructLayout) -> str | None:
    """An initialiser by position, as old code wrote it: scalars plain, the rest braced."""
    top = [m for m in layout.members if "." not in m.name]
    if not top or layout.name.startswith("union") or len({m.offset for m in top}) != len(top):
        return None  # a union inside: positions are not one to one
    if any(m.bits or m.type.endswith("[]") or not m.size or not m.name for m in top):
        return None
    return f"{{ {', '.join('0' if _scalar(m) else '{ 0 }' for m in top)} }}"


def _member_uses(layout: StructLayout, member: Member, number: int) -> list[Use]:
    name = f"{layout.name}.{member.name}"
    pointer, field = f"{layout.name} *p", f"p->{member.name}"
    uses = [Use(name, "read", f"void {OUR}r{number}({pointer}) {{ (void)({field}); }}")]
    if _scalar(member) and member.type not in {"pointer", "float"}:
        uses += [
            Use(name, "value",
                f"unsigned long long {OUR}v{number}({pointer}) {{ return {field}; }}"),
            Use(name, "write", f"void {OUR}w{number}({pointer}) {{ {field} = 0; }}"),
            Use(name, "designated initialiser",
                f"{layout.name} {OUR}d{number} = {{ .{member.name} = 0 }};",
                c_alone="." in member.name)]
    elif member.type == "pointer":
        uses.append(Use(name, "write", f"void {OUR}w{number}({pointer}, void *q) {{ {field} = "
                        f"(__typeof__({field}))q; *(char *){field} = 0; }}"))
    elif "[" in member.type:
        uses.append(Use(name, "element",
                        f"void {OUR}e{number}({pointer}) {{ (void)({field}[0]); }}"))
    elif member.type.startswith(("struct ", "union ")) and "(" not in member.type:
        uses.append(Use(name, "assignment", f"void {OUR}a{number}({pointer}, {member.type} *q) "
                        f"{{ {field} = *q; }}"))
    if not member.bits and not is_padding(member.name):
        uses.append(Use(name, "offsetof", f"unsigned long {OUR}o{number} = "
                        f"__builtin_offsetof({layout.name}, {member.name});"))
        uses += _typed_uses(name, member, pointer, field, number)
    return uses


def _typed_uses(name: str, member: Member, pointer: str, field: str, number: int) -> list[Use]:
    """Uses that name the type that the field had: its address, what it holds and points to."""
    decl = member.decl
    if not decl:
        return []
    uses = []
    if match := _ARRAY.search(decl):
        if match.group(1):  # of an array without a size C++ takes no address
            items = decl.replace(f"@[{match.group(1)}]", f"(*{OUR}q)" if "[" in
                                 decl[match.end():] else f"*{OUR}q", 1)
            uses.append(Use(name, ADDRESS, f"void {OUR}x{number}({pointer}) {{ {items} = {field}; "
                            f"(void){OUR}q; }}"))
            if not decl.startswith("const "):
                uses.append(Use(name, "write to an element", f"void {OUR}y{number}({pointer}) "
                                f"{{ {field}[0] = {field}[1]; }}",
                                c_alone="[" in decl[match.end():]))
        return uses
    uses += [
        Use(name, ADDRESS, f"void {OUR}x{number}({pointer}) "
            f"{{ {decl.replace('@', f'(*{OUR}q)')} = &{field}; (void){OUR}q; }}"),
        Use(name, "result",
            f"{decl.replace('@', f'{OUR}z{number}({pointer})')} {{ return {field}; }}"),
        Use(name, "assignment", f"void {OUR}y{number}({pointer}, {decl.replace('@', 'v')}) "
            f"{{ {field} = v; }}")]
    if member.type == "pointer":
        uses.append(Use(name, "write through it",
                        f"void {OUR}t{number}({pointer}) {{ {field}[0] = {field}[1]; }}",
                        c_alone=decl == "void *@"))
    return uses


def _typedef_uses(layout: StructLayout, number: int) -> list[Use]:
    """A typedef of a scalar or a pointer, as the type that it stands for."""
    held = layout.members[0] if len(layout.members) == 1 else None
    if held is None or held.name or not held.decl or "[" in held.decl or " " in layout.name:
        return []
    uses = [Use(layout.name, ADDRESS, f"void {OUR}x{number}_t({layout.name} *p) "
                f"{{ {held.decl.replace('@', f'(*{OUR}q)')} = p; (void){OUR}q; }}")]
    if stands_for_a_type(layout) and "(" not in held.decl:  # of a struct with a name of its own
        uses.append(Use(layout.name, "assignment", f"void {OUR}y{number}_t({layout.name} *p, "
                        f"{held.decl.replace('@', 'v')}) {{ *p = v; }}"))
    return uses


def _function_uses(api: HeaderApi) -> list[Use]:
    """Inline functions, called as before."""
    uses = []
    for number, (name, function) in enumerate(sorted(api.functions.items())):
        uses.append(Use(name, "function", f"void *{OUR}f{number}_{name} = (void *){name};"))
        if not function.result or not all(function.parameters):
            continue
        fixed = [p for p in function.parameters if p != "..."]
        given = ", ".join(p.replace("@", f"a{n}") for n, p in enumerate(fixed)) or "void"
        call = f"{name}({', '.join(f'a{n}' for n in range(len(fixed)))})"
        back = "" if function.result == "void @" else "return "
        head = function.result.replace("@", f"{OUR}g{number}_{name}({given})")
        uses.append(Use(name, "call", f"{head} {{ {back}{call}; }}"))
    return uses


def uses_of(api: HeaderApi) -> list[Use]:
    """Every way in which old source may use what the header offers. Pure."""
    uses: list[Use] = []
    for layout in api.structs:
        tag = layout.name.replace(" ", "_")
        if not stands_for_a_type(layout):
            uses.append(Use(layout.name, "sizeof",
                            f"unsigned long {OUR}s_{tag} = sizeof({layout.name});"))
        uses += _typedef_uses(layout, len(uses))
        for member in layout.members:
            if member.name and not _EMPTY.search(member.name):
                uses += _member_uses(layout, member, len(uses))
        initialiser = _positional(layout)
        if initialiser:
            uses.append(Use(layout.name, "positional initialiser",
                            f"{layout.name} {OUR}i_{tag} = {initialiser};",
                            c_alone=any(m.type.startswith("enum ") for m in layout.members)))
        if layout.members and layout.size and not layout.name.startswith("enum "):
            uses += _embedded(layout, tag)
    uses += [Use(name, "constant", f"long long {OUR}c{len(uses)}_{n} = (long long)({name});")
             for n, name in enumerate(api.numbers) if "(" not in name]
    uses += [Use(name, "case label", f"int {OUR}k{len(uses)}_{n}(long long v) "
                 f"{{ switch (v) {{ case ({name}): return 1; }} return 0; }}")
             for n, name in enumerate(api.numbers) if "(" not in name]
    uses += [Use(name, "string", f'const char *{OUR}t{n} = "" {name};')
             for n, name in enumerate(api.strings)]
    return uses + _function_uses(api)


def of_an_enum(old: HeaderApi, new: HeaderApi) -> list[Use]:
    """Constants that are another enum's now, as a value of the enum that they were of. Pure.

    Where that enum is gone, its own name says so.
    """
    return [Use(name, "a value of its enum", f"{tag} {OUR}n{n} = {name};")
            for n, (name, tag) in enumerate(old.tags.items())
            if name in new.numbers and new.tags.get(name) != tag and tag in new.visible
            and not name.startswith("_")]


def asserted(old: HeaderApi, new: HeaderApi) -> list[Use]:
    """Sizes, places and values that both have, for dialects in which they may be others. Pure."""
    api = _common(old, new)

    def use(name: str, how: str, condition: str, number: int) -> Use:
        return Use(name, how, f"typedef char {OUR}a{number}_[({condition}) ? 1 : -1];")

    uses: list[Use] = []
    for layout in api.structs:
        uses.append(use(layout.name, SIZE, f"sizeof({layout.name}) == {layout.size}", len(uses)))
        uses += [use(f"{layout.name}.{m.name}", PLACE,
                     f"__builtin_offsetof({layout.name}, {m.name}) == {m.offset}", len(uses) + n)
                 for n, m in enumerate(layout.members)
                 if m.name and not m.bits and not _EMPTY.search(m.name)]
    return uses + [use(name, VALUE, f"(unsigned long long)({name}) == {value & (1 << 64) - 1}ull",
                       len(uses) + n)
                   for n, (name, value) in enumerate(api.numbers.items()) if "(" not in name]


def _common(old: HeaderApi, new: HeaderApi) -> HeaderApi:
    """What is the same in both: the rest is compared where it is found to differ."""
    after = {s.name: s for s in new.structs}
    structs = []
    for layout in old.structs:
        now = after.get(layout.name)
        if now is not None and now.size == layout.size:
            places = {m.name: m.offset for m in now.members}
            structs.append(replace(layout, members=tuple(
                m for m in layout.members if places.get(m.name) == m.offset)))
    return replace(old, structs=tuple(structs), numbers={
        n: v for n, v in old.numbers.items() if new.numbers.get(n) == v})


FOLLOWS = "the size of a struct of the program"
# A pragma that is left open changes what comes after the header.
AFTER = Use("what follows the header", FOLLOWS, f"struct {OUR}own {{ char c; long l; }}; typedef "
            f"char {OUR}after[sizeof(struct {OUR}own) == 2 * sizeof(long) ? 1 : -1];")
SIZE, PLACE, VALUE = "its size", "its place", "its value"


def _embedded(layout: StructLayout, tag: str) -> list[Use]:
    """The struct within one of the program's own, where something follows it."""
    kind = layout.name
    return [Use(kind, EMBEDDINGS[0], f"struct {OUR}your_{tag} {{ {kind} a; int z; }};"),
            Use(kind, EMBEDDINGS[1], f"struct {OUR}yours_{tag} {{ {kind} a[2]; int z; }};"),
            Use(kind, EMBEDDINGS[2], f"union {OUR}u_{tag} {{ {kind} a; char z[{layout.size}]; }};")]


def _parameters(arity: int) -> str:
    count = arity if arity >= 0 else -arity - 1
    return f"{count} parameter{'s' * (count != 1)}" + " and more" * (arity < 0)


def names_gone(old: HeaderApi, new: HeaderApi) -> list[Broken]:
    """Macros that are gone, or take another number of parameters."""
    gone = []
    there = new.macros | set(new.numbers) | set(new.arity)
    for name, count in old.arity.items():
        now = new.arity.get(name)
        if now is not None and (now == count or (now < 0 and accepts(
                now, count if count >= 0 else max(1, -count - 1)))):  # X() has one, an empty one
            continue
        if now is not None:
            text = f"{name} takes {_parameters(now)} now, not {_parameters(count)}"
        else:
            text = f"{name} is no longer a macro with parameters" if name in there else (
                f"{name} is no longer defined")
        gone.append(Broken(Use(name, "macro", f"{name}(...)"), text, "gcc -E -dM", warning=False))
    gone += [Broken(Use(name, "macro", f"#ifdef {name}"), f"{name} is no longer defined",
                    "gcc -E -dM", warning=False)
             for name in sorted(old.macros - there) if name not in old.numbers]
    return gone


def changed_uses(old: HeaderApi, new: HeaderApi) -> list[Use]:
    """The uses of what is not the same any more: enough for every further dialect."""
    after = {s.name: s for s in new.structs}
    same = {s.name for s in old.structs if s.name in after and (
        s.size, s.members) == (after[s.name].size, after[s.name].members)}
    return [u for u in uses_of(old)
            if u.name.split(".")[0] not in same
            and not (u.how in {"constant", "case label"} and u.name in new.numbers)
            and not (u.how == "string" and u.name in new.strings)
            and not (u.name in old.functions and old.functions[u.name]
                     == new.functions.get(u.name))]
