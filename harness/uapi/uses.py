# SPDX-License-Identifier: GPL-2.0-or-later
"""Userspace source that uses every old name, to be compiled against the new header.

This is what no layout comparison can see: a renamed field keeps size and
offset, and breaks every program that says the old name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.model import HeaderApi, Member, StructLayout
from harness.uapi.compiler import Compiler, Said, surviving
from harness.uapi.numbers import USUAL


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


@dataclass(frozen=True, slots=True)
class Dialect:
    """A language and standard that userspace is written in."""

    name: str
    program: str
    flags: tuple[str, ...]

    def use(self, compiler: Compiler) -> Compiler:
        """The same headers and ABI in this dialect."""
        return replace(compiler, program=self.program, flags=(*compiler.flags, *self.flags))


FIRST = Dialect("gnu11", "gcc", ("-std=gnu11",))
OTHERS: tuple[Dialect, ...] = (
    *(Dialect(std, "gcc", (f"-std={std}",)) for std in ("gnu89", "c99", "c17")),
    *(Dialect(std, "g++", ("-x", "c++", f"-std={std}"))
      for std in ("c++98", "c++11", "c++17", "c++20")),
    *(Dialect(f"clang {std}", "clang", (f"-std={std}",)) for std in ("gnu11", "c99")),
    Dialect("clang++ c++17", "clang++", ("-x", "c++", "-std=c++17")),
)


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
    uses = [Use(name, "read", f"void r{number}({pointer}) {{ (void)({field}); }}")]
    if _scalar(member) and member.type not in {"pointer", "float"}:
        uses += [
            Use(name, "value", f"unsigned long long v{number}({pointer}) {{ return {field}; }}"),
            Use(name, "write", f"void w{number}({pointer}) {{ {field} = 0; }}"),
            Use(name, "designated initialiser",
                f"{layout.name} d{number} = {{ .{member.name} = 0 }};")]
    elif member.type == "pointer":
        uses.append(Use(name, "write", f"void w{number}({pointer}, void *q) {{ {field} = "
                        f"(__typeof__({field}))q; *(char *){field} = 0; }}"))
    elif "[" in member.type:
        uses.append(Use(name, "element", f"void e{number}({pointer}) {{ (void)({field}[0]); }}"))
    elif member.type.startswith(("struct ", "union ")) and "(" not in member.type:
        uses.append(Use(name, "assignment", f"void a{number}({pointer}, {member.type} *q) "
                        f"{{ {field} = *q; }}"))
    if not member.bits:
        uses.append(Use(name, "offsetof", f"unsigned long o{number} = "
                        f"__builtin_offsetof({layout.name}, {member.name});"))
    return uses


def uses_of(api: HeaderApi) -> list[Use]:
    """Every way in which old source may use what the header offers. Pure."""
    uses: list[Use] = []
    for layout in api.structs:
        tag = layout.name.replace(" ", "_")
        uses.append(Use(layout.name, "sizeof", f"unsigned long s_{tag} = sizeof({layout.name});"))
        for member in layout.members:
            if member.name:
                uses += _member_uses(layout, member, len(uses))
        initialiser = _positional(layout)
        if initialiser:
            uses.append(Use(layout.name, "positional initialiser",
                            f"{layout.name} i_{tag} = {initialiser};"))
    uses += [Use(name, "constant", f"long long c{len(uses)}_{n} = (long long)({name});")
             for n, name in enumerate(api.numbers) if "(" not in name]
    uses += [Use(name, "string", f'const char *t{n} = "" {name};')
             for n, name in enumerate(api.strings)]
    uses += [Use(name, "function", f"void *f_{name} = (void *){name};")
             for name in sorted(api.functions)]
    return uses


def names_gone(old: HeaderApi, new: HeaderApi) -> list[Broken]:
    """Macros that are gone, or take another number of parameters."""
    gone = []
    there = new.macros | set(new.numbers) | set(new.arity)
    for name, count in old.arity.items():
        now = new.arity.get(name)
        if now == count:
            continue
        if now is not None:
            text = f"{name} takes {now} parameters now, not {count}"
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
            and not (u.how == "constant" and u.name in new.numbers)
            and not (u.how == "string" and u.name in new.strings)
            and not (u.how == "function" and u.name in new.functions)]


def broken_in(uses: list[Use], header: str, pair: tuple[Compiler, Compiler], dialect: Dialect,
              ) -> list[Broken]:
    """Compile uses against both headers in one dialect; report what only the new one breaks."""
    if not uses:
        return []
    before, after = dialect.use(pair[0]), dialect.use(pair[1])
    head = before.include(header) + USUAL
    good, _ = surviving(before, head, {str(n): use.code for n, use in enumerate(uses)})
    still, bad = surviving(after, head, good)
    broken = [Broken(uses[int(n)], text, after.words, warning=False) for n, text in bad.items()]
    if dialect == FIRST:
        source = head + "".join(f"{code}\n" for code in still.values())
        broken += _new_warnings(uses, source, list(still), (before, after))
    return broken


def _new_warnings(uses: list[Use], source: str, names: list[str],
                  pair: tuple[Compiler, Compiler]) -> list[Broken]:
    """Warnings of -Wall about the same line that only the new header causes."""
    start = source.count("\n") - len(names) + 1

    def said(compiler: Compiler) -> dict[str, Said]:
        done = compiler.run(source, "-fsyntax-only", "-Wall")
        return {names[s.line - start]: s for s in done.said
                if s.file == "t.c" and s.grade == "warning" and 0 <= s.line - start < len(names)}

    old, new = said(pair[0]), said(pair[1])
    return [Broken(uses[int(n)], s.text, f"{pair[1].words} -Wall -Werror", warning=True)
            for n, s in new.items() if n not in old]
