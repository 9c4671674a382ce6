# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that somebody else has already: of a new name, in its family. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from harness.model import Finding, HeaderApi, Severity
from harness.uapi.aliases import original
from harness.uapi.context import HeaderContext, is_mask, is_measure, is_sentinel, is_version
from harness.uapi.headers import WORD

_ONE_OF_THEM = ("_DEFAULT", "_DFLT", "_MIN", "_FIRST")  # a name for one that has a name already
_FLAG = re.compile(r"_(?:F|FL|FLAGS?|OPT|MODE)$")
_SMALL = 4  # names that make a family where their numbers are single bits, or have no gap


def families(api: HeaderApi) -> dict[str, bool]:
    """Prefixes below which no two names may share a number -> whether that is sure.

    Nothing is known about subsystems: a prefix is a family when at least eight
    names have it and hardly any two of them (5 %) share a value; it is sure when
    there are sixteen. Four will do where each is another bit, or where no number is left out, and
    two or three that are written so.
    """
    by_prefix: dict[str, list[str]] = defaultdict(list)
    for name in api.numbers:
        if name in api.ioctls or "(" in name or is_sentinel(name) or name in api.aliases or (
                is_measure(name)):
            continue
        parts = name.split("_")
        for n in range(1, len(parts)):
            by_prefix["_".join(parts[:n])].append(name)
    known = {}
    for prefix, every in by_prefix.items():
        names = [n for n in every if len(every) >= 8 or not is_mask(n)]
        given = [api.numbers[n] for n in names]
        if (len(given) >= 8 and len(set(given)) >= 0.95 * len(given)) or _dense(given) or (
                1 < len(given) < _SMALL and _written_as_one(names, api)):
            known[prefix] = len(given) >= 16
    return known


_BIT = re.compile(r"\(*\s*(?:0[xX][\da-fA-F]+|_BITULL?\s*\(\s*\d+\s*\)|1[uUlL]*\s*<<\s*\d+)"
                  r"[uUlL]*\s*\)*")


def _written_as_one(names: list[str], api: HeaderApi) -> bool:
    """Whether two or three macros are written as bits, or three as a list without a gap."""
    numbers = [api.numbers[n] for n in names]
    bodies = [api.bodies.get(n, "").strip() for n in names]
    lines = sorted(api.lines.get(n, 0) for n in names)
    if len(set(numbers)) < len(numbers) or not all(bodies):
        return False
    if all(_BIT.fullmatch(b) for b in bodies) and all(v > 0 and not v & (v - 1) for v in numbers):
        return True
    return len(names) == _SMALL - 1 and all(b.isdigit() for b in bodies) and all(
        b - a == 1 for row in (sorted(numbers), lines) for a, b in pairwise(row))


def _dense(given: list[int]) -> bool:
    """Whether a few numbers are as many single bits, or follow one another."""
    if len(given) < _SMALL or len(set(given)) < len(given):
        return False
    return all(v > 0 and v & (v - 1) == 0 for v in given) or all(
        b - a == 1 for a, b in pairwise(sorted(given)))


def family_of(name: str, known: Mapping[str, bool]) -> str | None:
    """The longest family that a name belongs to."""
    parts = name.split("_")
    return next((p for n in range(len(parts) - 1, 0, -1)
                 if (p := "_".join(parts[:n])) in known), None)


def clashes(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """New (or changed) numbers that another name of the same family already has."""
    fresh = {n: v for n, v in new.numbers.items()
             if old.numbers.get(n) != v and "(" not in n and not is_sentinel(n)
             and not n.endswith(_ONE_OF_THEM)}
    known = families(old)
    found = taken(fresh, new, known, new, context)
    said = {f.subject for f in found}
    return found + [f for f in (*_twice_in_an_enum(old, new, fresh, context),
                                *_shared_bits((old, new), fresh, known, context))
                    if f.subject not in said]


def within(api: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Numbers that a new header gives twice: two ioctls, or two bits of one word."""
    found, names = [], [n for n in api.numbers if "(" not in n and n not in api.aliases]
    ioctls = [n for n in names if n in api.ioctls]
    words: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name not in api.ioctls and _BIT.fullmatch(api.bodies.get(name, "").strip()):
            words[name.rpartition("_")[0]].append(name)
        elif name in api.enums:
            words[f"enum {api.enums[name]}"].append(name)
    for row in (ioctls, *(w for w in words.values() if len(w) >= _SMALL and all(
            (v := api.numbers[n]) > 0 and not v & (v - 1) for n in w))):
        first: dict[int, str] = {}
        for name in row:
            rival = first.setdefault(api.numbers[name], name)
            if rival != name and not name.startswith(rival) and not rival.startswith(name):
                found.append(_clash(name, [rival], (api, api), context, whose="",
                                    severity=Severity.WARNING))
    return found


_ALL_ONES = {(1 << bits) - 1 for bits in (8, 16, 32, 64)}  # "invalid", and no set of flags
_SHIFTED_BY = r"(?:<<|>>)[\s(]*{name}\b"


def measures(name: str, api: HeaderApi) -> bool:
    """Whether a number is none of a row: a measure, a version, what others are shifted by."""
    return is_measure(name) or is_version(name) or (
        name in api.macros and any(name in text and re.search(_SHIFTED_BY.format(name=name), text)
                                   for text in api.bodies.values()))


def _shared_bits(apis: tuple[HeaderApi, HeaderApi], fresh: Mapping[str, int],
                 known: Mapping[str, bool], context: HeaderContext) -> list[Finding]:
    """New flags of several bits, of which others of their word have one each.

    What is written as a combination of others, or called a mask, is meant.
    """
    (old, new), findings = apis, []
    sure = {p: known[p] for p in known if sum(n.startswith(f"{p}_") for n in old.numbers) >= _SMALL}
    for name, value in fresh.items():
        family = family_of(name, sure)
        body = new.bodies.get(name, "")
        if not family or value <= 0 or value & (value - 1) == 0 or is_mask(name) or (
                measures(name, new) or value in _ALL_ONES) or (
                not body or WORD.search(re.sub(r"\b0[xX]\w+|\b\d\w*", "", body))):
            continue
        word = [n for n in old.numbers if n.startswith(f"{family}_") and not is_mask(n)
                and not is_sentinel(n) and "(" not in n and n not in old.ioctls]
        if not all(old.numbers[n] > 0 and old.numbers[n] & (old.numbers[n] - 1) == 0
                   for n in word):
            continue
        rivals = [n for n in word if new.numbers.get(n, 0) & value][:3]
        if rivals:
            findings.append(_clash(name, rivals, (new, new), context, whose="",
                                   severity=Severity.WARNING))
    return findings


def _twice_in_an_enum(old: HeaderApi, new: HeaderApi, fresh: Mapping[str, int],
                      context: HeaderContext) -> list[Finding]:
    """New constants of an enum, all of which had numbers of their own before."""
    members: dict[int, list[str]] = defaultdict(list)
    for name, enum in new.enums.items():
        members[enum].append(name)
    findings = []
    for names in members.values():
        had = [old.numbers[n] for n in names if n in old.enums and n in old.numbers]
        if len(had) < 2 or len(set(had)) < len(had):
            continue
        for name in (n for n in names if n in fresh and n not in new.aliases):
            rivals = [n for n in names if n != name and new.numbers.get(n) == fresh[name]
                      and original(n, new.aliases) != name and not is_sentinel(n)
                      and (n not in fresh or n < name)][:3]
            if rivals:
                findings.append(_clash(name, rivals, (new, new), context, whose="",
                                       severity=Severity.WARNING))
    return findings


def _is_parameter(name: str, api: HeaderApi) -> bool:
    """Whether a name continues that of an operation, below whose number all of its kind are.

    PR_SET_MM_BRK (7) is what PR_SET_MM (35) is called with; KVM_CAP_HYPERV_TIME (96) is a
    capability as KVM_CAP_HYPERV (44) is.
    """
    parts = name.split("_")
    for n in range(len(parts) - 1, 1, -1):
        operation = "_".join(parts[:n])
        if (number := api.numbers.get(operation)) is not None:
            return all(v < number for k, v in api.numbers.items()
                       if k.startswith(f"{operation}_") and "(" not in k)
    return False


def _own_space(name: str, family: str, fresh: Mapping[str, int], other: HeaderApi) -> bool:
    """Whether new names seem to open a space of their own below a family.

    HSMP_PROTO_VER2 and _VER3 below HSMP, NFSEXP_XPRTSEC_TLS and _MTLS below NFSEXP: a
    prefix that nothing had before. Then a shared number may be meant.
    """
    stem = name.rstrip("0123456789")
    if stem != name and any(n != name and n.startswith(stem) for n in fresh):
        return True
    prefix = name.rpartition("_")[0]
    if _FLAG.search(prefix) and not any(n.startswith(f"{prefix}_") for n in other.numbers
                                        if n != name):
        return True  # the first flag beside commands
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
            and n not in other.ioctls and "(" not in n and not is_sentinel(n)
            and not _is_parameter(n, other)
            and not (other is api and api.enums.get(n) != api.enums.get(name))]


def taken(fresh: Mapping[str, int], api: HeaderApi, known: Mapping[str, bool], other: HeaderApi,
          context: HeaderContext, *, whose: str = "") -> list[Finding]:
    """Numbers of ``fresh`` (names of ``api``) that another name in ``other`` has.

    ``other`` is the same header, or that of a newer tree (``--also``); then
    ``whose`` names it, and a name that has the same number there is no clash.
    """
    findings = []
    aliases = {**other.aliases, **api.aliases}
    shared = _share(other, fresh)
    for name, value in fresh.items():
        family = family_of(name, known) or ""
        if (whose and other.numbers.get(name) == value) or not (name in api.ioctls or family):
            continue
        if name not in api.ioctls and (_is_parameter(name, api) or measures(name, api)):
            continue
        # A name that continues another is its alias (X and X_DEPRECATED); of two new names
        # that clash only the second is reported.
        same = original(name, aliases)
        rivals = sorted(n for n in _rivals(name, value, api, family, other)
                        if not n.startswith(name) and not name.startswith(n)
                        and original(n, aliases) != same
                        and (whose or n not in fresh or n < name))[:3]
        if rivals:
            own = name not in api.ioctls and _own_space(name, family, fresh, other)
            severity = Severity.NOTE if own or (name in api.ioctls and shared) else (
                Severity.ERROR if name in api.ioctls or known[family] else Severity.WARNING)
            findings.append(_clash(name, rivals, (api, other), context, whose=whose,
                                   severity=severity))
    return findings


def _share(api: HeaderApi, fresh: Mapping[str, int]) -> bool:
    """Whether ioctls that were there before share a number: of different file descriptors."""
    first = {n: api.numbers[n] for n in api.ioctls
             if n in api.numbers and n not in fresh and n not in api.aliases and "(" not in n}
    return len(set(first.values())) < len(first)


_MEANT = {True: ", as numbers of different file descriptors may be",
          False: ", which may be meant: nothing had its prefix before"}


def _clash(name: str, rivals: list[str], apis: tuple[HeaderApi, HeaderApi],
           context: HeaderContext, *, whose: str, severity: Severity) -> Finding:
    """The finding about a number that ``rivals`` have already."""
    api, other = apis
    value, where = api.numbers[name], context.where(api.lines.get(name, 0))
    what = (f"ioctl number 0x{value & 0xFFFFFFFF:08x}" if name in api.ioctls
            else f"number {value}")
    said = "is already" if value == other.numbers.get(rivals[0]) else "has a bit of"
    lines = [f"{where}: {name} = {value}"]
    lines += [f"{whose or context.where(other.lines.get(n, 0))}: {n} = "
              f"{other.numbers.get(n, value)}" for n in rivals]
    return Finding(
        "uapi-clash", severity,
        f"{name}: {what} {said} {', '.join(rivals)}" + (f" in {whose}" if whose else "")
        + (_MEANT[name in api.ioctls] if severity is Severity.NOTE else ""),
        where=where, evidence="\n".join(lines), subject=f"{name} clash {whose}".strip())
