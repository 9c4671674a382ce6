# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare the API of a header before and after."""

from __future__ import annotations

from collections.abc import Mapping

from harness.arch import NATIVE
from harness.model import Finding, HeaderApi
from harness.uapi import layout_diff, values
from harness.uapi.context import HeaderContext
from harness.uapi.layout_diff import differing

__all__ = ["across", "affects", "altered", "changes", "differing"]


def affects(old: HeaderApi, new: HeaderApi) -> bool:
    """Whether anything that the header offered is gone or is something else."""
    after = {s.name: (s.size, s.align, s.members) for s in new.structs}
    return (any(after.get(s.name) != (s.size, s.align, s.members) for s in old.structs)
            or any(new.numbers.get(n) != v for n, v in old.numbers.items())
            or any(new.arity.get(n) != c for n, c in old.arity.items())
            or bool(old.macros - new.macros) or bool(set(old.visible) - set(new.visible)))


def altered(old: HeaderApi, new: HeaderApi) -> frozenset[str]:
    """The words by which other headers can notice a change: gone, new, or something else."""
    one, two = _offer(old), _offer(new)
    names = {n for n in {**one, **two} if one.get(n) != two.get(n)}
    names |= set(old.visible) ^ set(new.visible)
    return frozenset(n.rpartition(" ")[2].partition("(")[0] for n in names)


def _offer(api: HeaderApi) -> dict[str, object]:
    return {**{s.name: (s.size, s.align, s.members) for s in api.structs}, **api.bodies,
            **api.numbers, **{n: (f.result, f.parameters) for n, f in api.functions.items()}}


def changes(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> list[Finding]:
    """Compare structs, values and padding in one ABI."""
    return [*layout_diff.compare(old, new, context), *values.compare(old, new, context),
            *layout_diff.padding_used(old, new, context)]


def across(apis: Mapping[str, tuple[HeaderApi, HeaderApi]], path: str) -> list[Finding]:
    """Find differences for 32-bit programs on a 64-bit kernel."""
    wide, narrow = (apis.get(abi.name) for abi in NATIVE)
    if not wide or not narrow:
        return []
    return layout_diff.compat(*wide, *narrow, HeaderContext(path, NATIVE[0].name))
