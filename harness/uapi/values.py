# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers: values that changed, ioctl numbers among them, and numbers that clash. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from harness.model import Finding, HeaderApi, Severity
from harness.uapi.clashes import clashes, families, family_of
from harness.uapi.context import (
    MANY,
    HeaderContext,
    is_limit,
    is_mask,
    is_sentinel,
    is_version,
    protocol,
)
from harness.uapi.numbers import decode_ioctl

_SIZE_BITS = 0x3FFF << 16


def compare(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Findings about every number that both have, about new ones and those that are gone."""
    findings = []
    told: set[str] = set()
    for name, value in old.numbers.items():
        now, macro = new.numbers.get(name), name.partition("(")[0]
        if now is None or now == value or (macro != name and macro in told) or (
                name not in old.ioctls and _moves(macro, value, now, old, new)):
            continue
        if macro != name:
            told.add(macro)  # one call of a macro shows that it computes something else
        if name in old.ioctls and name in new.ioctls:
            findings.append(_ioctl(name, (value, now), old, new, context))
        else:
            findings.append(_value(name, (value, now), (old, new), context))
    for name, text in old.strings.items():
        other = new.strings.get(name)
        if other is not None and other != text and not is_version(name):
            findings.append(Finding(
                "uapi-value", Severity.ERROR, f"{name}: {text} -> {other}: old binaries use the "
                "old value", where=context.where(new.lines.get(name, 0)),
                evidence=f"#define {name} {text} -> {other}",
                subject=name, abis=(context.abi,)))
    return [*_shifted(findings, old, new, context), *_gone(old, new, context),
            *clashes(old, new, context)]


_FEW = 3  # constants of one enum that are told one by one


def _shifted(findings: list[Finding], old: HeaderApi, new: HeaderApi, context: HeaderContext,
             ) -> Iterator[Finding]:
    """The findings, the constants of an enum that moved together as one of them."""
    groups: dict[int, list[Finding]] = {}
    for item in findings:
        if item.rule == "uapi-value" and item.severity is Severity.ERROR and (
                item.subject in old.enums and item.subject in new.enums):
            groups.setdefault(old.enums[item.subject], []).append(item)
    told = {id(f) for row in groups.values() if len(row) > _FEW for f in row}
    yield from (f for f in findings if id(f) not in told)
    for row in groups.values():
        if len(row) <= _FEW:
            continue
        names = [f.subject for f in row]
        fresh = [n for n, enum in new.enums.items() if n not in old.numbers
                 and enum == new.enums[names[0]] and new.numbers.get(n, 0)
                 <= min(new.numbers[m] for m in names)]
        why = f"{', '.join(fresh[:3])} came before them: " if fresh else ""
        yield Finding(
            "uapi-value", Severity.ERROR, f"{names[0]} and {len(names) - 1} more constants of its "
            f"enum have other values: {why}old binaries use the old ones",
            where=context.where(new.lines.get((fresh or names)[0], 0)),
            evidence="\n".join(f.evidence for f in row[:200]), subject=f"{names[0]} and more",
            abis=(context.abi,))


def _moves(name: str, value: int, now: int, old: HeaderApi, new: HeaderApi) -> bool:
    """Whether a number only says how many there are, and may move.

    What is only called the last one moves with something that is new. The lower end of a range
    (FF_EFFECT_MIN) moves down to something that is new.
    """
    if name.endswith(("_MIN", "_FIRST")) and now < value and any(
            number == now and n not in old.numbers for n, number in new.numbers.items()):
        return True
    if not is_sentinel(name) or is_limit(name):
        return False
    return now > value and (not name.endswith(("LAST", "END")) or any(
        n not in old.numbers for n in new.numbers))


def _gone(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> Iterator[Finding]:
    """Ioctls, and numbers of a sure family, that no name stands for any more, or another."""
    rows = list(_unnamed(old, new))
    lost = [(name, what) for name, what, heir in rows if not heir]
    for name, what, heir in rows:
        if not heir and len(lost) >= MANY:
            continue
        yield Finding(
            "uapi-ioctl" if name in old.ioctls else "uapi-value", Severity.ERROR,
            f"{name}: number {what} " + (f"is {heir} now" if heir else "has no name any more")
            + _UNKNOWN, where=context.where(new.lines.get(heir, 0)),
            evidence=f"{name} {what}" + (f" -> {heir}" if heir else ""),
            subject=f"{name} gone", abis=(context.abi,))
    if len(lost) >= MANY:
        yield Finding(
            "uapi-ioctl", Severity.ERROR,
            f"{len(lost)} numbers have no name any more: {', '.join(n for n, _ in lost[:5])} ..."
            + _UNKNOWN, where=context.where(0),
            evidence="\n".join(f"{n} {what}" for n, what in lost[:200]),
            subject=f"{context.path} numbers", abis=(context.abi,))


_UNKNOWN = ": old binaries go on to use it; what the kernel does with it was not looked at"


def _unnamed(old: HeaderApi, new: HeaderApi) -> Iterator[tuple[str, str, str]]:
    """(name that is gone, its number in words, the name that has the number now or "")."""
    fresh: dict[int, list[str]] = {}
    for name, value in new.numbers.items():
        if name not in old.numbers and "(" not in name:
            fresh.setdefault(value, []).append(name)
    known = families(old)
    kept = {v for n, v in old.numbers.items() if n in new.numbers}
    for name, value in old.numbers.items():
        family = family_of(name, known)
        ioctl = name in old.ioctls
        capability = "_CAP_" in name and name in old.macros
        if capability and not family:
            family = name[:name.index("_CAP_")] + "_CAP"
        if name in new.numbers or "(" in name or name in old.aliases or is_sentinel(name) or not (
                ioctl or capability or (family and known[family])):
            continue
        heirs = [n for n in fresh.get(value, []) if (n in new.ioctls) == ioctl
                 and (ioctl or n.startswith(f"{family}_"))]
        if any(SequenceMatcher(None, n, name).ratio() >= 0.6 for n in heirs) or (
                ioctl and value in kept) or not (ioctl or heirs or "_CAP_" in name):
            continue  # the same under another name, or no more than a name: source breaks alone
        yield (name, f"0x{value & 0xFFFFFFFF:08x}" if ioctl else str(value),
               heirs[0] if heirs else "")


def _ioctl(name: str, pair: tuple[int, int], old: HeaderApi, new: HeaderApi, context: HeaderContext,
           ) -> Finding:
    value, now = pair
    where = context.where(new.lines.get(name.partition("(")[0], 0))
    words = f"{decode_ioctl(value)} -> {decode_ioctl(now)}"
    if (value ^ now) & ~_SIZE_BITS & 0xFFFFFFFF == 0:
        # Only the size moved: safe when the struct of that size grows by a protocol.
        after = {s.name: s for s in new.structs}
        size = (value & _SIZE_BITS) >> 16
        for layout in old.structs:
            grown = after.get(layout.name)
            if layout.size == size and grown is not None and (
                    reason := protocol(layout, grown, new, context.path)):
                return Finding("uapi-growth", Severity.NOTE,
                               f"{name}: its size grows with {layout.name}: {reason}",
                               where=where, evidence=words, subject=name, abis=(context.abi,))
    return Finding(
        "uapi-ioctl", Severity.ERROR,
        f"{name}: ioctl number 0x{value & 0xFFFFFFFF:08x} -> 0x{now & 0xFFFFFFFF:08x}"
        ": old binaries use the old one", where=where, evidence=words,
        subject=name, abis=(context.abi,))


def _value(name: str, pair: tuple[int, int], apis: tuple[HeaderApi, HeaderApi],
           context: HeaderContext) -> Finding:
    value, now = pair
    old, new = apis
    change = f"{value} -> {now}"

    def finding(rule: str, severity: Severity, text: str) -> Finding:
        return Finding(rule, severity, f"{name}: {text}",
                       where=context.where(new.lines.get(name.partition("(")[0], 0)),
                       evidence=f"{name} {change}", subject=name, abis=(context.abi,))

    if is_limit(name) and is_sentinel(name):
        return finding("uapi-value", Severity.WARNING,
                       f"{change}: old programs have room for the old number")
    grows = value & now == (now if "RESERVED" in name else value)
    if is_version(name) or (is_mask(name) and grows):
        why = "a version" if is_version(name) else "the set of known flags grows"
        change = f"0x{value:x} -> 0x{now:x}"
        return finding("uapi-growth", Severity.NOTE, f"{change}: {why}")
    if is_sentinel(name) and now < value:
        return finding("uapi-value", Severity.WARNING, f"{change}: there are fewer")
    kinds = old.kinds.get(name), new.kinds.get(name)
    if kinds == ("int", "unsigned int") and (value ^ now) & 0xFFFFFFFF == 0:
        return finding("uapi-value", Severity.WARNING, f"int {value} -> unsigned int {now}: the "
                       "same 32 bits, and another value in 64 bits")
    return finding("uapi-value", Severity.ERROR, f"{change}: old binaries use the old value")
