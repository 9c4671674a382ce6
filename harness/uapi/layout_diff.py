# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare layouts: size, alignment, offset, width, sign. Pure."""

from __future__ import annotations

from harness.arch import NATIVE
from harness.model import Finding, HeaderApi, Member, Severity, StructLayout
from harness.uapi.context import (
    HeaderContext,
    byte_order,
    byte_range,
    element_size,
    is_inline,
    is_padding,
    picture,
    place_text,
    protocol,
    stands_for_a_type,
)


def differing(old: HeaderApi, new: HeaderApi) -> tuple[tuple[StructLayout, StructLayout], ...]:
    """Structs, unions, enums and typedefs that both have and that are not the same."""
    after = {s.name: s for s in new.structs}
    return tuple((s, now) for s in old.structs if (now := after.get(s.name)) is not None
                 and stands_for_a_type(s) == stands_for_a_type(now)
                 and (s.size, s.align, s.members) != (now.size, now.align, now.members))


def compare(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Findings about every struct, union, enum and typedef that both have."""
    findings: list[Finding] = []
    for before, now in differing(old, new):
        findings += _struct(before, now, new, context)
        findings += _members(before, now, context)
    return findings


def _struct(old: StructLayout, new: StructLayout, api: HeaderApi, context: HeaderContext,
            ) -> list[Finding]:
    def finding(rule: str, severity: Severity, text: str) -> Finding:
        return Finding(rule, severity, f"{old.name}: {text}",
                       where=context.where(new.line), evidence=picture(old, new),
                       subject=f"{old.name} size", abis=(context.abi,))

    if old.size != new.size:
        text = f"size {old.size} -> {new.size}"
        if reason := protocol(old, new, api, context.path):
            return [finding("uapi-growth", Severity.NOTE, f"{text}, which is safe: {reason}")]
        return [finding("uapi-layout", Severity.ERROR, text)]
    if old.align != new.align:
        return [finding("uapi-alignment", Severity.WARNING,
                        f"alignment {old.align} -> {new.align}: structs of others that hold it "
                        "change")]
    return []


def _members(old: StructLayout, new: StructLayout, context: HeaderContext) -> list[Finding]:
    now = {m.name: m for m in new.members}
    findings = []
    for member in old.members:
        other = now.get(member.name)
        if other is None:
            findings += _vanished(old, new, member, context)
        elif byte_range(member) != byte_range(other):
            findings += _moved(old, new, (member, other), context)
        else:
            findings += _retyped(old, new, (member, other), context)
    return findings


def _moved(old: StructLayout, new: StructLayout, pair: tuple[Member, Member],
           context: HeaderContext) -> list[Finding]:
    member, other = pair
    if is_padding(member.name) or not member.name:
        return []  # padding gives way; whoever is pushed aside is reported itself
    inline = is_inline(member) and is_inline(other)
    if member.offset == other.offset and (inline or _became_flexible(member, other)):
        return []
    if (member.bits or other.bits) and _bits(member) == _bits(other):
        return []  # a bit-field of another type, or a field: the same bits
    return [Finding(
        "uapi-layout", Severity.ERROR,
        f"{old.name}.{member.name}: {place_text(member)} -> {place_text(other)}",
        where=context.where(new.line), evidence=picture(old, new),
        subject=f"{old.name}.{member.name}", abis=(context.abi,))]


def _became_flexible(member: Member, other: Member) -> bool:
    """``data[1]`` -> ``data[]``: the elements stay where they are."""
    return other.type.endswith("[]") and member.type.startswith(f"{other.type[:-1]}")


def _retyped(old: StructLayout, new: StructLayout, pair: tuple[Member, Member],
             context: HeaderContext) -> list[Finding]:
    """The same bytes under the same name, of another type."""
    member, other = pair
    name = f"{old.name}.{member.name}" if member.name else old.name

    def finding(rule: str, severity: Severity, text: str, what: str) -> Finding:
        return Finding(rule, severity, f"{name}: {text}",
                       where=context.where(other.line or new.line), evidence=picture(old, new),
                       subject=f"{name} {what}",
                       abis=() if rule in {"uapi-sign", "uapi-type"} else (context.abi,),
                       struct=old.name, member=member.name)

    words = f"{member.type} -> {other.type}"
    orders = byte_order(member.spelled), byte_order(other.spelled)
    if orders[0] != orders[1] and all(orders):
        return [finding("uapi-type", Severity.WARNING, f"{member.spelled} -> {other.spelled}: "
                        "the same bytes are read in another order", "byte order")]
    if member.type == other.type:
        return []
    if member.type.endswith("[]") and other.type.endswith("[]"):
        return [finding("uapi-layout", Severity.ERROR, f"elements {words}", "element")]
    if "float" in {member.type, other.type}:
        return [finding("uapi-layout", Severity.ERROR,
                        f"{words}, and the same bytes mean another value", "type")]
    if element_size(member) != element_size(other) and "[" in member.type and "[" in other.type:
        return [finding("uapi-layout", Severity.ERROR,
                        f"{words}: each element but the first is in another place", "element")]
    if member.signed != other.signed:
        return [finding("uapi-sign", Severity.WARNING,
                        f"{words}: comparisons in old source change their meaning, and C++ "
                        "source that takes its address no longer compiles", "sign")]
    return []


def _vanished(old: StructLayout, new: StructLayout, member: Member, context: HeaderContext,
              ) -> list[Finding]:
    """A name that is gone: a rename keeps the place, anything else is a hole for old binaries."""
    if any(byte_range(m) == byte_range(member) for m in new.members) or is_padding(member.name):
        return []  # renamed: the consumers say what that breaks
    if member.type.endswith("[]") or not member.size or "(anonymous)" in member.type:
        return []
    inside = [m for m in new.members if m.size and m.offset <= member.offset
              and member.offset + member.size <= m.offset + m.size]
    covered = [m for m in new.members if m.size and member.offset <= m.offset
               and m.offset + m.size <= member.offset + member.size]
    if inside or sum(m.size for m in covered) == member.size:
        return []  # wrapped in something of the same place, or split into parts
    return [Finding(
        "uapi-layout", Severity.ERROR,
        f"{old.name}.{member.name}: was at {place_text(member)}, and nothing is there any more",
        where=context.where(new.line), evidence=picture(old, new),
        subject=f"{old.name}.{member.name}", abis=(context.abi,))]


def padding_used(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Padding that gained a meaning: the old kernel never looked at what binaries put there."""
    findings = []
    after = {s.name: s for s in new.structs}
    for before in old.structs:
        now = after.get(before.name)
        if now is None or now.members == before.members:
            continue
        had = {m.name for m in before.members}
        for member in before.members:
            if not is_padding(member.name):
                continue
            start, end = _bits(member)
            fresh = [m.name for m in now.members if m.name not in had and m.size
                     and start <= _bits(m)[0] < end]
            if fresh:
                findings.append(Finding(
                    "uapi-padding", Severity.NOTE,
                    f"{before.name}.{member.name} became {', '.join(fresh)}: nothing is known to "
                    "check this field, and old binaries may leave anything in it; the kernel must "
                    "refuse or ignore values that it does not know", where=context.where(now.line),
                    evidence=picture(before, now),
                    subject=f"{before.name}.{member.name} padding",
                    struct=before.name, member=member.name))
    return findings


def _bits(member: Member) -> tuple[int, int]:
    start = member.bit_offset if member.bits else member.offset * 8
    return start, start + (member.bits or member.size * 8)


def _shape(layout: StructLayout) -> tuple[object, ...]:
    return layout.size, tuple((byte_range(m), m.name, m.type) for m in layout.members)


def _places(layout: StructLayout) -> tuple[object, ...]:
    """What programs can tell of a layout: its size, and where what has a name of its own is.

    How far an anonymous part goes is nobody's business: a union may hold it at its size.
    """
    return layout.size, tuple(byte_range(m) for m in layout.members
                              if "(anonymous)" not in m.type and not any(
                                  o.name.startswith(f"{m.name}.") for o in layout.members))


def compat(old: HeaderApi, new: HeaderApi, other_old: HeaderApi, other_new: HeaderApi,
           context: HeaderContext) -> list[Finding]:
    """Structs that are new and differ between 64 and 32 bit: each needs a compat ioctl."""
    def differ(wide: HeaderApi, narrow: HeaderApi) -> set[str]:
        there = {s.name: s for s in narrow.structs}
        return {s.name for s in wide.structs if s.name in there and s.members
                and _places(s) != _places(there[s.name])}

    before = differ(old, other_old)
    had = {s.name for s in old.structs}
    has = {s.name for s in new.structs}
    gone = [_shape(s) for s in old.structs if s.name not in has and s.name in before]
    # one that has another name now differed before
    before |= {s.name for s in new.structs if s.name not in had and _shape(s) in gone}
    wide = {s.name: s for s in new.structs}
    narrow = {s.name: s for s in other_new.structs}
    return [Finding(
        "uapi-compat", Severity.WARNING,
        f"{name}: {'is new and ' if name not in had else ''}differs between "
        f"{NATIVE[0].name} and {NATIVE[1].name}: "
        "32-bit programs on a 64-bit kernel need a conversion",
        where=context.where(wide[name].line),
        evidence=picture(wide[name], narrow[name], NATIVE[0].name, NATIVE[1].name),
        subject=f"{name} compat")
        for name in sorted(differ(new, other_new) - before)]
