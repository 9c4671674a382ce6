# SPDX-License-Identifier: GPL-2.0-or-later
"""Structs that grow in room that others keep for them. Pure.

``struct kvm_run`` has a union with ``char padding[256]``: what is in it may grow, and nothing
of ``kvm_run`` changes its place. Who holds a struct is often another header than its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.model import Finding, HeaderApi, Severity, StructLayout
from harness.uapi.context import byte_range, is_inline, is_padding
from harness.uapi.layout_diff import differing


@dataclass(frozen=True, slots=True)
class Held:
    """A struct inside another one; ``kept``: the other keeps its size and all other places."""

    kind: str
    holder: str
    member: str
    kept: bool


def holders(old: HeaderApi, new: HeaderApi) -> tuple[Held, ...]:
    """Which structs the header's own hold, and whether these stay as they are."""
    after = {s.name: s for s in new.structs}
    return tuple(Held(m.type, s.name, m.name, kept=_kept(s, after.get(s.name), m.type))
                 for s in old.structs for m in s.members
                 if m.type.startswith(("struct ", "union ")) and "(" not in m.type)


def _kept(old: StructLayout, new: StructLayout | None, kind: str) -> bool:
    if new is None or (old.size, old.align) != (new.size, new.align) or kind.endswith("]"):
        return False
    now = {m.name: m for m in new.members}
    return all((other := now.get(m.name)) is not None and (
        (m.offset, m.type) == (other.offset, other.type) if m.type == kind
        else byte_range(m) == byte_range(other)) for m in old.members if not is_inline(m))


def grown(old: HeaderApi, new: HeaderApi) -> frozenset[str]:
    """Structs that grew at their end and kept all that they had."""
    found = set()
    for before, now in differing(old, new):
        places = {m.name: byte_range(m) for m in now.members}
        if now.size > before.size and before.members and all(
                places.get(m.name) == byte_range(m) for m in before.members
                if not is_padding(m.name)):
            found.add(before.name)
    return frozenset(found)


def settled(findings: Iterable[Finding], grew: frozenset[str], held: Iterable[Held],
            ) -> tuple[Finding, ...]:
    """Findings, where growth that no holder notices is a note and said once."""
    rows: dict[str, list[Held]] = defaultdict(list)
    for row in held:
        rows[row.kind].append(row)
    free = {k: rows[k] for k in grew if rows.get(k) and all(r.kept for r in rows[k])}
    inside = {f"{r.holder}.{r.member}" for found in free.values() for r in found}
    sizes = {f"{k} size": k for k in free}
    out = []
    for finding in findings:
        if finding.rule == "uapi-layout" and finding.subject in inside:
            continue
        if finding.rule == "uapi-layout" and finding.subject in sizes:
            names = ", ".join(sorted({r.holder for r in free[sizes[finding.subject]]})[:3])
            out.append(replace(
                finding, rule="uapi-growth", severity=Severity.NOTE,
                message=f"{finding.message}; what holds it ({names}) keeps its size and all "
                "places"))
        else:
            out.append(finding)
    return tuple(out)
