# SPDX-License-Identifier: GPL-2.0-or-later
"""Two ``HeaderApi`` -> findings. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from harness.model import Finding, HeaderApi, Member, Severity, StructLayout
from harness.uapi.consumers import Broken
from harness.uapi.numbers import decode_ioctl

_PADDING = re.compile(r"(?:^|_|\.)(?:pad|padding|reserved|rsvd|resv|unused|spare|mbz)\d*(?:$|_)",
                      re.IGNORECASE)
_SENTINEL = re.compile(r"(?:_MAX|_NR|_NUM|_COUNT|_LAST|_END|_CNT|NR_\w+|MAX_\w+)$")


@dataclass(frozen=True, slots=True)
class Context:
    """Where the findings are about: path in the tree, and which ABI."""

    path: str
    abi: str  # "x86-64" or "i386"

    def where(self, line: int) -> str:
        """``path:line``."""
        return f"{self.path}:{line}" if line else self.path


def _place(member: Member) -> str:
    if member.bits:
        return f"bits {member.bit_offset}..{member.bit_offset + member.bits - 1}"
    return f"offset {member.offset}, {member.size} bytes"


def picture(old: StructLayout, new: StructLayout) -> str:
    """Both versions side by side, as pahole would show each."""
    def rows(layout: StructLayout) -> list[str]:
        return [f"{m.offset:4d} {m.size:4d}  {m.type} {m.name}" +
                (f":{m.bits}" if m.bits else "") for m in layout.members] + [
                    f"{layout.size:4d} bytes, align {layout.align}"]
    left, right = rows(old), rows(new)
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    width = max(len(r) for r in left) + 2
    return "\n".join([f"{old.name}: before{'':{max(0, width - len(old.name) - 8)}}| after"] + [
        f"{a:{width}}{'|' if a == b else '>'} {b}" for a, b in zip(left, right, strict=True)])


def layouts(old: HeaderApi, new: HeaderApi, context: Context) -> list[Finding]:
    """What old binaries would misread: size, alignment, offset, width, sign."""
    after = {s.name: s for s in new.structs}
    findings: list[Finding] = []
    for before in old.structs:
        now = after.get(before.name)
        if now is None or before == now:
            continue
        found = [*_struct(before, now, context), *_members(before, now, context)]
        findings += found
    return findings


def _struct(old: StructLayout, new: StructLayout, context: Context) -> list[Finding]:
    text = []
    if old.size != new.size:
        text.append(f"size {old.size} -> {new.size}")
    if old.align != new.align:
        text.append(f"alignment {old.align} -> {new.align}")
    if not text:
        return []
    return [Finding(
        "uapi-layout", Severity.ERROR, f"{old.name}: {', '.join(text)} ({context.abi})",
        where=context.where(new.line), evidence=picture(old, new),
        subject=f"{context.abi} {old.name} size")]


def _members(old: StructLayout, new: StructLayout, context: Context) -> list[Finding]:
    now = {m.name: m for m in new.members}
    findings = []
    for member in old.members:
        other = now.get(member.name)
        if other is None:
            findings += _vanished(old, new, member, context)
            continue
        moved = (member.offset, member.size, member.bits, member.bit_offset) != (
            other.offset, other.size, other.bits, other.bit_offset)
        if moved:
            findings.append(Finding(
                "uapi-layout", Severity.ERROR,
                f"{old.name}.{member.name}: {_place(member)} -> {_place(other)} ({context.abi})",
                where=context.where(new.line), evidence=picture(old, new),
                subject=f"{context.abi} {old.name}.{member.name}"))
        elif member.signed != other.signed:
            findings.append(Finding(
                "uapi-sign", Severity.WARNING,
                f"{old.name}.{member.name}: {member.type} -> {other.type}: comparisons in old "
                "source change their meaning", where=context.where(new.line),
                evidence=picture(old, new), subject=f"{old.name}.{member.name} sign"))
    return findings


def _vanished(old: StructLayout, new: StructLayout, member: Member, context: Context,
              ) -> list[Finding]:
    """A name that is gone: a rename keeps the place, anything else is a hole for old binaries."""
    place = (member.offset, member.size, member.bits, member.bit_offset)
    if any((m.offset, m.size, m.bits, m.bit_offset) == place for m in new.members):
        return []  # renamed: the consumers say what that breaks
    end = member.offset + member.size
    if _PADDING.search(member.name) and end <= new.size:
        return []  # padding that was split up or shortened
    if member.type.endswith("[]") or not member.size or "(anonymous)" in member.type:
        return []
    return [Finding(
        "uapi-layout", Severity.ERROR,
        f"{old.name}.{member.name}: was at {_place(member)}, and nothing is there any more "
        f"({context.abi})", where=context.where(new.line), evidence=picture(old, new),
        subject=f"{context.abi} {old.name}.{member.name}")]


def numbers(old: HeaderApi, new: HeaderApi, context: Context) -> list[Finding]:
    """Values that changed, ioctl numbers among them, and new numbers that clash."""
    findings = []
    for name, value in old.numbers.items():
        now = new.numbers.get(name)
        if now is None or now == value or _SENTINEL.search(name):
            continue
        line = new.lines.get(name, 0)
        if name in old.ioctls and name in new.ioctls:
            findings.append(Finding(
                "uapi-ioctl", Severity.ERROR,
                f"{name}: ioctl number 0x{value & 0xFFFFFFFF:08x} -> 0x{now & 0xFFFFFFFF:08x} "
                f"({context.abi}): old binaries get -ENOTTY", where=context.where(line),
                evidence=f"{decode_ioctl(value)} -> {decode_ioctl(now)}",
                subject=f"{context.abi} {name}"))
        else:
            findings.append(Finding(
                "uapi-value", Severity.ERROR,
                f"{name}: {value} -> {now} ({context.abi}): old binaries use the old value",
                where=context.where(line), evidence=f"#define {name} {value} -> {now}",
                subject=f"{context.abi} {name}"))
    return findings + clashes(old, new, context)


def families(api: HeaderApi) -> frozenset[str]:
    """Prefixes below which no two names may share a number.

    Nothing is known about subsystems: a prefix is a family when at least eight
    names have it and hardly any two of them (5 %) share a value.
    """
    by_prefix: dict[str, list[str]] = defaultdict(list)
    for name in api.numbers:
        if name in api.ioctls or _SENTINEL.search(name):
            continue
        parts = name.split("_")
        for n in range(1, len(parts)):
            by_prefix["_".join(parts[:n])].append(name)
    return frozenset(
        prefix for prefix, names in by_prefix.items()
        if len(names) >= 8 and len({api.numbers[n] for n in names}) >= 0.95 * len(names))


def _family_of(name: str, known: frozenset[str]) -> str | None:
    """The longest family that a name belongs to."""
    parts = name.split("_")
    return next((p for n in range(len(parts) - 1, 0, -1)
                 if (p := "_".join(parts[:n])) in known), None)


def clashes(old: HeaderApi, new: HeaderApi, context: Context) -> list[Finding]:
    """New (or changed) numbers that another name of the same family already has."""
    known = families(old)
    findings = []
    ioctl_owner: dict[int, list[str]] = defaultdict(list)
    for name in old.ioctls:
        if name in old.numbers and name in new.numbers:
            ioctl_owner[old.numbers[name] & 0xFFFF].append(name)
    for name, value in new.numbers.items():
        if old.numbers.get(name) == value or _SENTINEL.search(name):
            continue
        line = new.lines.get(name, 0)
        if name in new.ioctls:
            others = [n for n in ioctl_owner[value & 0xFFFF]
                      if n != name and new.numbers[n] == value]
            text = f"{name}: ioctl number 0x{value & 0xFFFFFFFF:08x} is already"
        else:
            family = _family_of(name, known)
            others = [n for n, v in new.numbers.items()
                      if family and n != name and v == value and n.startswith(f"{family}_")
                      and n not in new.ioctls and not _SENTINEL.search(n)]
            text = f"{name}: number {value} is already"
        if others:
            findings.append(Finding(
                "uapi-clash", Severity.ERROR, f"{text} {', '.join(sorted(others)[:3])}",
                where=context.where(line),
                evidence="\n".join(f"{context.where(new.lines.get(n, 0))}: {n} = {value}"
                                   for n in (name, *sorted(others)[:3])),
                subject=f"{name} clash"))
    return findings


def source(broken: list[Broken], old: HeaderApi, new: HeaderApi, context: Context) -> list[Finding]:
    """Old source that no longer compiles (errors), or no longer without a warning."""
    by_name: dict[tuple[str, bool], list[Broken]] = defaultdict(list)
    for item in broken:
        by_name[item.use.name, item.warning].append(item)
    gone = {s.name for s in old.structs} - {s.name for s in new.structs}
    findings = []
    for (name, warning), items in by_name.items():
        owner = name.split(".")[0]
        if owner in gone and "." in name:
            continue  # the struct itself is reported
        lines = "\n".join(f"{i.use.code.strip()}\n    {i.command}: {i.message}" for i in items[:3])
        hows = ", ".join(dict.fromkeys(i.use.how for i in items))
        line = next((s.line for s in new.structs if s.name == owner), new.lines.get(name, 0))
        if warning:
            findings.append(Finding(
                "uapi-source-warning", Severity.WARNING,
                f"{name}: {hows} now warns under -Wall: {items[0].message}",
                where=context.where(line), evidence=lines, subject=f"{name} warning"))
        else:
            findings.append(Finding(
                "uapi-source", Severity.ERROR,
                f"{name}: source that uses it no longer compiles ({hows})"
                + _suggestion(name, old, new),
                where=context.where(line), evidence=lines, subject=name))
    return findings


def _renamed(name: str, old: HeaderApi, new: HeaderApi) -> tuple[Member, Member] | None:
    owner, _, member = name.partition(".")
    before = next((m for s in old.structs if s.name == owner for m in s.members
                   if m.name == member), None)
    had = {m.name for s in old.structs if s.name == owner for m in s.members}
    if before is None:
        return None
    after = next((m for s in new.structs if s.name == owner for m in s.members
                  if (m.offset, m.size, m.bits, m.bit_offset) == (
                      before.offset, before.size, before.bits, before.bit_offset)
                  and m.name not in had), None)
    return None if after is None else (before, after)


def _suggestion(name: str, old: HeaderApi, new: HeaderApi) -> str:
    pair = _renamed(name, old, new)
    if pair is None:
        return ""
    before, after = (m.name.rsplit(".", 1)[-1] for m in pair)
    return (f"; it was renamed to {after}: an anonymous union {{ {before}; {after}; }} "
            "would keep both names")


def meaning(old: HeaderApi, new: HeaderApi, context: Context) -> list[Finding]:
    """Padding that gained a meaning: the old kernel never looked at what binaries put there."""
    findings = []
    after = {s.name: s for s in new.structs}
    for before in old.structs:
        now = after.get(before.name)
        if now is None or now == before:
            continue
        had = {m.name for m in before.members}
        for member in before.members:
            if not _PADDING.search(member.name):
                continue
            fresh = [m for m in now.members if m.name not in had and m.size
                     and member.offset <= m.offset < member.offset + member.size]
            if fresh:
                names = ", ".join(m.name for m in fresh)
                findings.append(Finding(
                    "uapi-padding", Severity.NOTE,
                    f"{before.name}.{member.name} became {names}: what old binaries leave there "
                    "was never checked, so the kernel must refuse or ignore values it does "
                    "not know", where=context.where(now.line), evidence=picture(before, now),
                    subject=f"{before.name}.{member.name} padding"))
    return findings
