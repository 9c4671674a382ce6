# SPDX-License-Identifier: GPL-2.0-or-later
"""Userspace source that uses every old name, to be compiled against the new header.

This is what no layout comparison can see: a renamed field keeps size and
offset, and breaks every program that says the old name.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.model import HeaderApi, Member, StructLayout
from harness.uapi.compiler import Compiler, Said, surviving


@dataclass(frozen=True, slots=True)
class Use:
    """One line of userspace C; ``name`` is what it uses, ``how`` in which way."""

    name: str
    how: str
    code: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A use that compiled (or was silent) before and no longer does."""

    use: Use
    message: str
    command: str
    warning: bool


def _positional(layout: StructLayout) -> str | None:
    """An initialiser by position, as old code wrote it: scalars plain, the rest braced."""
    top = [m for m in layout.members if "." not in m.name]
    if not top or layout.name.startswith("union") or len({m.offset for m in top}) != len(top):
        return None  # a union inside: positions are not one to one
    if any(m.bits or m.type.endswith("[]") or not m.size for m in top):
        return None
    values = ["{ 0 }" if "[" in m.type or m.type.startswith(("struct", "union")) else "0"
              for m in top]
    return f"{{ {', '.join(values)} }}"


def _member_uses(layout: StructLayout, member: Member, number: int) -> list[Use]:
    name = f"{layout.name}.{member.name}"
    pointer = f"{layout.name} *p"
    uses = [Use(name, "read", f"void r{number}({pointer}) {{ (void)(p->{member.name}); }}")]
    scalar = "[" not in member.type and not member.type.startswith(("struct", "union"))
    if scalar:
        uses.append(Use(name, "write", f"void w{number}({pointer}) {{ p->{member.name} = 0; }}"))
        uses.append(Use(name, "designated initialiser",
                        f"{layout.name} d{number} = {{ .{member.name} = 0 }};"))
    if not member.bits:
        uses.append(Use(name, "offsetof",
                        f"unsigned long o{number} = "
                        f"__builtin_offsetof({layout.name}, {member.name});"))
    return uses


def uses_of(api: HeaderApi) -> list[Use]:
    """Every way in which old source may use what the header offers. Pure."""
    uses: list[Use] = []
    for layout in api.structs:
        tag = layout.name.replace(" ", "_")
        uses.append(Use(layout.name, "sizeof", f"unsigned long s_{tag} = sizeof({layout.name});"))
        for member in layout.members:
            uses += _member_uses(layout, member, len(uses))
        initialiser = _positional(layout)
        if initialiser:
            uses.append(Use(layout.name, "positional initialiser",
                            f"{layout.name} i_{tag} = {initialiser};"))
    uses += [Use(name, "constant", f"long long c_{name} = (long long)({name});")
             for name in api.numbers]
    for name, count in api.arity.items():
        # Only that it is still there and takes as many parameters: the body may need anything.
        uses.append(Use(name, f"macro of {count} parameters" if count >= 0 else "variadic macro",
                        f"#ifndef {name}\n#error {name} is gone\n#endif"))
    uses += [Use(name, "macro", f"#ifndef {name}\n#error {name} is gone\n#endif")
             for name in api.macros if name not in api.numbers]
    return uses


def _lines(uses: list[Use]) -> dict[str, str]:
    """One physical line per use; _Pragma-free presence tests for macros."""
    return {f"{n}": use.code for n, use in enumerate(uses) if not use.code.startswith("#")}


def compare_source(old: HeaderApi, new: HeaderApi, header: str,
                   pair: tuple[Compiler, Compiler], dialect: tuple[str, ...]) -> list[Broken]:
    """Compile old uses against both headers; report what only the new one breaks."""
    before, after = pair
    uses = uses_of(old)
    head = f"#include <{header}>\n#ifndef PAGE_SIZE\n#define PAGE_SIZE 4096\n#endif\n"
    lines = _lines(uses)
    good, _ = surviving(before, head, lines, *dialect)
    still, bad = surviving(after, head, good, *dialect)
    command = " ".join(["gcc", *before.flags, *dialect])
    broken = [Broken(uses[int(n)], text, command, warning=False) for n, text in bad.items()]
    for use in uses:
        if use.code.startswith("#"):
            broken += _macro_gone(use, old, new)
    return broken + _new_warnings(uses, head + "".join(f"{c}\n" for c in still.values()),
                                  list(still), pair, dialect)


def _macro_gone(use: Use, old: HeaderApi, new: HeaderApi) -> list[Broken]:
    if use.name in old.arity:
        count = new.arity.get(use.name)
        if count == old.arity[use.name]:
            return []
        text = f"takes {count} parameters now" if count is not None else "is no longer defined"
        if count is None and (use.name in new.macros or use.name in new.numbers):
            text = "is no longer a macro with parameters"
        return [Broken(use, f"{use.name} {text}", "gcc -E -dM", warning=False)]
    if use.name in new.macros or use.name in new.numbers or use.name in new.arity:
        return []
    return [Broken(use, f"{use.name} is no longer defined", "gcc -E -dM", warning=False)]


def _new_warnings(uses: list[Use], source: str, names: list[str],
                  pair: tuple[Compiler, Compiler], dialect: tuple[str, ...]) -> list[Broken]:
    """What -Wall says about the same line only with the new header."""
    start = source.count("\n") - len(names) + 1

    def said(compiler: Compiler) -> dict[str, Said]:
        done = compiler.run(source, "-fsyntax-only", "-Wall", *dialect)
        return {names[s.line - start]: s for s in done.said
                if s.file == "t.c" and s.grade == "warning" and 0 <= s.line - start < len(names)}

    old, new = said(pair[0]), said(pair[1])
    command = " ".join(["gcc", *pair[0].flags, *dialect, "-Wall -Werror"])
    return [Broken(uses[int(n)], s.text, command, warning=True)
            for n, s in new.items() if n not in old]
