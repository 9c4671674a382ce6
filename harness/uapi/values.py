# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers: values that changed, ioctl numbers among them, and numbers that clash. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from harness.model import Finding, HeaderApi, Severity
from harness.uapi.context import HeaderContext, is_mask, is_sentinel, is_version, protocol
from harness.uapi.numbers import decode_ioctl

_SIZE_BITS = 0x3FFF << 16


def compare(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Findings about every number that both have, and about every new one."""
    findings = []
    for name, value in old.numbers.items():
        now = new.numbers.get(name)
        if now is None or now == value or (
                name not in old.ioctls and is_sentinel(name.partition("(")[0])):
            continue
        if name in old.ioctls and name in new.ioctls:
            findings.append(_ioctl(name, (value, now), old, new, context))
        else:
            findings.append(_value(name, (value, now), new, context))
    for name, text in old.strings.items():
        other = new.strings.get(name)
        if other is not None and other != text and not is_version(name):
            findings.append(Finding(
                "uapi-value", Severity.ERROR, f"{name}: {text} -> {other}: old binaries use the "
                "old value", where=context.where(new.lines.get(name, 0)),
                evidence=f"#define {name} {text} -> {other}",
                subject=name, abis=(context.abi,)))
    return findings + clashes(old, new, context)


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
        ": old binaries get -ENOTTY", where=where, evidence=words,
        subject=name, abis=(context.abi,))


def _value(name: str, pair: tuple[int, int], new: HeaderApi, context: HeaderContext) -> Finding:
    value, now = pair
    where = context.where(new.lines.get(name.partition("(")[0], 0))
    grows = value & now == (now if "RESERVED" in name else value)
    if is_version(name) or (is_mask(name) and grows):
        why = "a version" if is_version(name) else "the set of known flags grows"
        return Finding("uapi-growth", Severity.NOTE, f"{name}: 0x{value:x} -> 0x{now:x}: {why}",
                       where=where, evidence=f"{name} 0x{value:x} -> 0x{now:x}",
                       subject=name, abis=(context.abi,))
    return Finding(
        "uapi-value", Severity.ERROR,
        f"{name}: {value} -> {now}: old binaries use the old value",
        where=where, evidence=f"{name} {value} -> {now}", subject=name, abis=(context.abi,))


def families(api: HeaderApi) -> dict[str, bool]:
    """Prefixes below which no two names may share a number -> whether that is sure.

    Nothing is known about subsystems: a prefix is a family when at least eight
    names have it and hardly any two of them (5 %) share a value; it is sure when
    there are sixteen.
    """
    by_prefix: dict[str, list[str]] = defaultdict(list)
    for name in api.numbers:
        if name in api.ioctls or "(" in name or is_sentinel(name):
            continue
        parts = name.split("_")
        for n in range(1, len(parts)):
            by_prefix["_".join(parts[:n])].append(name)
    return {prefix: len(names) >= 16 for prefix, names in by_prefix.items()
            if len(names) >= 8 and len({api.numbers[n] for n in names}) >= 0.95 * len(names)}


def _family_of(name: str, known: Mapping[str, bool]) -> str | None:
    """The longest family that a name belongs to."""
    parts = name.split("_")
    return next((p for n in range(len(parts) - 1, 0, -1)
                 if (p := "_".join(parts[:n])) in known), None)


def clashes(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """New (or changed) numbers that another name of the same family already has."""
    fresh = {n: v for n, v in new.numbers.items()
             if old.numbers.get(n) != v and "(" not in n and not is_sentinel(n)}
    return taken(fresh, new, families(old), new, context)


def _own_space(name: str, family: str, fresh: Mapping[str, int], other: HeaderApi) -> bool:
    """Whether new names seem to open a space of their own below a family.

    HSMP_PROTO_VER2 and _VER3 below HSMP, NFSEXP_XPRTSEC_TLS and _MTLS below NFSEXP: a
    prefix that nothing had before. Then a shared number may be meant.
    """
    stem = name.rstrip("0123456789")
    if stem != name and any(n != name and n.startswith(stem) for n in fresh):
        return True
    prefix = name.rpartition("_")[0]
    while len(prefix) > len(family):
        siblings = [n for n in other.numbers if n != name and not is_sentinel(n)
                    and (n == prefix or n.startswith(f"{prefix}_"))]
        if siblings and all(n in fresh for n in siblings):
            return True
        prefix = prefix.rpartition("_")[0]
    return False


def _rivals(name: str, value: int, api: HeaderApi, family: str, other: HeaderApi) -> list[str]:
    """Other names that have this number already."""
    if name in api.ioctls:
        return [n for n in other.ioctls if n != name and "(" not in n
                and other.numbers.get(n) == value]
    return [n for n, v in other.numbers.items()
            if n != name and v == value and n.startswith(f"{family}_")
            and n not in other.ioctls and "(" not in n and not is_sentinel(n)]


def taken(fresh: Mapping[str, int], api: HeaderApi, known: Mapping[str, bool], other: HeaderApi,
          context: HeaderContext, *, whose: str = "") -> list[Finding]:
    """Numbers of ``fresh`` (names of ``api``) that another name in ``other`` has.

    ``other`` is the same header, or that of a newer tree (``--also``); then
    ``whose`` names it, and a name that has the same number there is no clash.
    """
    findings = []
    for name, value in fresh.items():
        family = _family_of(name, known) or ""
        if (whose and other.numbers.get(name) == value) or not (name in api.ioctls or family):
            continue
        # A name that continues another is its alias (X and X_DEPRECATED); of two new names
        # that clash only the second is reported.
        rivals = sorted(n for n in _rivals(name, value, api, family, other)
                        if not n.startswith(name) and not name.startswith(n)
                        and (whose or n not in fresh or n < name))[:3]
        if rivals:
            sure = name in api.ioctls or (
                known[family] and not _own_space(name, family, fresh, other))
            findings.append(_clash(name, rivals, (api, other), context, whose=whose, sure=sure))
    return findings


def _clash(name: str, rivals: list[str], apis: tuple[HeaderApi, HeaderApi],
           context: HeaderContext, *, whose: str, sure: bool) -> Finding:
    """The finding about a number that ``rivals`` have already."""
    api, other = apis
    value, where = api.numbers[name], context.where(api.lines.get(name, 0))
    what = (f"ioctl number 0x{value & 0xFFFFFFFF:08x}" if name in api.ioctls
            else f"number {value}")
    lines = [f"{where}: {name} = {value}"]
    lines += [f"{whose or context.where(other.lines.get(n, 0))}: {n} = {value}" for n in rivals]
    return Finding(
        "uapi-clash", Severity.ERROR if sure else Severity.WARNING,
        f"{name}: {what} is already {', '.join(rivals)}" + (f" in {whose}" if whose else ""),
        where=where, evidence="\n".join(lines), subject=f"{name} clash {whose}".strip())
