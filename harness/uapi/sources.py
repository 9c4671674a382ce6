# SPDX-License-Identifier: GPL-2.0-or-later
"""Old source that no longer compiles, or no longer without a warning. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from difflib import SequenceMatcher

from harness.evidence import plural
from harness.model import Finding, HeaderApi, Location, Member, Severity
from harness.uapi import excerpt
from harness.uapi.context import MANY, HeaderContext, byte_range
from harness.uapi.uses import (
    ASSIGNMENT,
    EMBEDDINGS,
    FOLLOWS,
    PLACE,
    SIZE,
    SOFT,
    TYPED,
    VALUE,
    Broken,
)


def compare(broken: list[Broken], old: HeaderApi, new: HeaderApi, context: HeaderContext,
            ) -> list[Finding]:
    """One finding per name; a struct that is gone is one, and not one per field."""
    by_name: dict[tuple[str, bool], list[Broken]] = defaultdict(list)
    fields = _fields(old), _fields(new)
    ends = {s.name: s.members[-1].type for s in old.structs if s.members}
    for item in broken:
        if not _told_elsewhere(item, fields):
            by_name[item.use.name, item.warning or _soft(item, ends)].append(item)
    gone = {s.name for s in old.structs} - {s.name for s in new.structs}
    errors = {name for name, warning in by_name if not warning}
    findings = []
    for (name, warning), items in by_name.items():
        owner = name.split(".")[0]
        if (owner in gone and "." in name) or (warning and name in errors) or (
                owner != name and _same_warning(items, by_name.get((owner, True), []))):
            continue
        where = context.where(excerpt.line_now(name, old, new))
        shown = _evidence(name, items, excerpt.of(name, old, new, context))
        findings.append(_warning(name, items, where, shown) if warning
                        else _error(name, items, where, shown, _suggestion(name, old, new)))
    return _together(findings, old, new, context)


def _same_warning(items: list[Broken], whole: list[Broken]) -> bool:
    """Whether all that is said of a field is said of its struct too: that it is deprecated."""
    return {i.message for i in items} <= {i.message for i in whole}


def _together(findings: list[Finding], old: HeaderApi, new: HeaderApi, context: HeaderContext,
              ) -> list[Finding]:
    """Many names of a header that are gone, as one finding; what was renamed is said by itself."""
    had = {*(s.name for s in old.structs), *old.numbers, *old.bodies, *old.functions}
    has = {*(s.name for s in new.structs), *new.numbers, *new.bodies, *new.functions}
    gone = [f for f in findings if f.rule == "uapi-source" and f.subject in had - has
            and ";" not in f.message]
    if len(gone) < MANY:
        return findings
    names = [f.subject for f in gone]
    file = context.path.rpartition("/")[2]
    return [f for f in findings if f not in gone] + [Finding(
        "uapi-source", Severity.ERROR,
        f"{file}: {len(names)} names are gone, and source that uses them no longer compiles: "
        f"{', '.join(names[:5])} ...", where=context.where(0), evidence="\n".join(names[:200]),
        subject=f"{file} names")]


_ASSERTED = {SIZE, PLACE, VALUE, FOLLOWS}


def _fields(api: HeaderApi) -> dict[str, Member]:
    """Fields by ``struct x.member``, and what a typedef holds by its name."""
    return {f"{s.name}.{m.name}" if m.name else s.name: m for s in api.structs for m in s.members}


def _told_elsewhere(item: Broken, fields: tuple[dict[str, Member], dict[str, Member]]) -> bool:
    """Whether the type is another one because the place, the width or the sign is.

    ``uapi-layout`` says the first two; ``uapi-sign`` says that C++ refuses the address. A value
    of any width can be assigned, and C takes an address of the other sign: where they do not,
    something else changed too.
    """
    old, new = (f.get(item.use.name) for f in fields)
    if item.use.how not in TYPED or old is None or new is None:
        return False
    if byte_range(old) != byte_range(new):
        return item.use.how != ASSIGNMENT
    plus = "++" in item.command.partition(" ")[0]
    return old.type != new.type and old.type.lstrip("us") == new.type.lstrip("us") and (
        plus or item.warning)


def _soft(item: Broken, ends: Mapping[str, str]) -> bool:
    """Whether nobody promised that this goes on to compile.

    The order of fields: old source that initialises by position may have to add braces or values.
    A struct that ended in ``x[0]`` was never meant to have something after it; ``ends`` has the
    type of the last field of each.
    """
    return item.use.how in SOFT or (
        item.use.how in EMBEDDINGS and ends.get(item.use.name, "").endswith("[]"))


def _evidence(name: str, items: list[Broken], shown: str) -> str:
    """The lines of the header, and what compilers say; never the lines that were made up."""
    said: dict[str, list[str]] = defaultdict(list)
    for item in items:
        text = f"{item.use.how} is another" if item.use.how in _ASSERTED else item.message
        if item.command not in said[text]:
            said[text].append(item.command)
    rows = [f"{commands[0]}: {text}" + (f" (and in {plural(len(commands) - 1, 'more dialect')})"
                                        if len(commands) > 1 else "")
            for text, commands in said.items()]
    return "\n".join([shown or name, *rows[:3]])


def _struct(name: str) -> str:
    """The type in a name that something is used by: of ``struct x.member``, of ``struct x``."""
    owner = name.partition(".")[0]
    return owner if " " in owner else ""


def _member(name: str) -> str:
    return name.partition(".")[2] if _struct(name) else ""


def _warning(name: str, items: list[Broken], where: Location, shown: str) -> Finding:
    hows = ", ".join(dict.fromkeys(i.use.how for i in items))
    soft = all(i.use.how in {*SOFT, *EMBEDDINGS} for i in items)
    rule = "uapi-positional" if soft else "uapi-source-warning"
    words = "warns under -Wall" if all(i.warning for i in items) else "no longer compiles"
    severity = Severity.NOTE if soft else Severity.WARNING
    return Finding(rule, severity,
                   f"{name}: {hows} now {words}: {items[0].message}", where=where,
                   evidence=shown, subject=f"{name} warning", struct=_struct(name),
                   member=_member(name))


def _error(name: str, items: list[Broken], where: Location, shown: str, way_out: str,
           ) -> Finding:
    hows = ", ".join(dict.fromkeys(i.use.how for i in items))
    programs = {i.command.split(maxsplit=1)[0] for i in items}
    only = f", only in {'/'.join(sorted(programs))}" if not programs & {"gcc"} else ""
    what = "it is something else" if {i.use.how for i in items} <= _ASSERTED else (
        "source that uses it no longer compiles")
    return Finding(
        "uapi-source", Severity.ERROR, f"{name}: {what} ({hows}{only})"
        + way_out, where=where, evidence=shown, subject=name,
        struct=_struct(name), member=_member(name))


def _renamed(name: str, old: HeaderApi, new: HeaderApi) -> tuple[Member, Member] | None:
    owner, _, member = name.partition(".")
    had = {m.name: m for s in old.structs if s.name == owner for m in s.members}
    before = had.get(member)
    if before is None:
        return None
    there = [m for s in new.structs if s.name == owner for m in s.members]
    if not before.name or any(m.name == before.name for m in there):
        return None  # a typedef, or a field that is there and is something else
    after = next((m for m in there if byte_range(m) == byte_range(before) and m.name not in had
                  and not m.name.rpartition(".")[2].startswith("__empty_")), None)
    return None if after is None else (before, after)


def _suggestion(name: str, old: HeaderApi, new: HeaderApi) -> str:
    pair = _renamed(name, old, new)
    if pair is None:
        return _alias(name, old, new)
    before, after = (m.name.rsplit(".", 1)[-1] for m in pair)
    if before == after:  # the same name, one level further down
        return f"; it is {pair[1].name} now: an unnamed union or struct would keep the old path"
    if pair[1].type != pair[0].type and pair[1].type.startswith(("struct ", "union ")):
        return f"; {pair[1].type} {after} stands in its place now"
    return (f"; it was renamed to {after}: an anonymous union {{ {before}; {after}; }} "
            "would keep both names")


def _alias(name: str, old: HeaderApi, new: HeaderApi) -> str:
    value = old.numbers.get(name)
    if value is None or name in new.numbers:
        return ""
    same = [n for n, v in new.numbers.items() if v == value and n not in old.numbers
            and SequenceMatcher(None, n, name).ratio() > 0.7]
    return f"; it seems to be {same[0]} now: #define {name} {same[0]} would keep the old name" if (
        len(same) == 1) else ""


_MOST_FILES = 3  # in a message
_CERTAIN, _GUARD = re.compile(r"_H_*$"), re.compile(r"_H(?:EADER)?(?:_|$)|INCLUDED")


def _is_guard(name: str, file: str) -> bool:
    """Whether a macro is what keeps a header from being read twice: no source asks for it."""
    stem = re.sub(r"\W", "_", file.rpartition("/")[2].removesuffix(".h")).upper()
    return name.isupper() and bool(_CERTAIN.search(name) or (
        stem in name and _GUARD.search(name)))


def includes(old: HeaderApi, new: HeaderApi, header: str, context: HeaderContext) -> list[Finding]:
    """Names that came with the header from another one, and no longer do."""
    lost: dict[str, list[str]] = defaultdict(list)
    files = {f.rsplit("/include/", 1)[-1].rsplit("/headers/", 1)[-1] for f in new.visible.values()}
    for name, file in old.visible.items():
        short = file.rsplit("/include/", 1)[-1].rsplit("/headers/", 1)[-1]
        if name not in new.visible and not file.endswith(f"/{header}") and short not in files and (
                not _is_guard(name, short)) and (
                not name.startswith("_") or name.startswith(("__u", "__s", "__be", "__le"))):
            lost[short].append(name)
    if not lost:
        return []
    gone, names = sorted(lost), sorted({n for row in lost.values() for n in row})
    shown = ", ".join(f"<{f}>" for f in gone[:_MOST_FILES]) + (
        f" and {len(gone) - _MOST_FILES} more" if len(gone) > _MOST_FILES else "")
    return [Finding(
        "uapi-include", Severity.ERROR,
        f"{header} no longer brings in {shown}: source that relied on it for "
        f"{', '.join(names[:3])} ({len(names)} names) no longer compiles",
        where=context.where(0), evidence="\n".join(
            f"<{f}>: {', '.join(sorted(lost[f])[:8])}" for f in gone),
        subject=f"{header} {' '.join(gone)}")]
