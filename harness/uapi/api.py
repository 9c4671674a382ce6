# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare the API of a header before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.arch import NATIVE
from harness.model import Finding, HeaderApi
from harness.uapi import layout_diff, values
from harness.uapi.context import HeaderContext
from harness.uapi.layout_diff import differing

__all__ = ["across", "altered", "changes", "differing", "gained"]


def altered(old: HeaderApi, new: HeaderApi) -> frozenset[str]:
    """The words by which other headers can notice a change: what is gone or something else."""
    one, two = _offer(old), _offer(new)
    return _words({n for n, what in one.items() if two.get(n) != what}
                  | (set(old.visible) - set(new.visible)))


def gained(old: HeaderApi, new: HeaderApi) -> frozenset[str]:
    """The words that are new: a condition of another header can wait for them."""
    return _words((set(_offer(new)) - set(_offer(old))) | (set(new.visible) - set(old.visible)))


def _words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(n.rpartition(" ")[2].partition("(")[0] for n in names)


def _offer(api: HeaderApi) -> dict[str, object]:
    return {**{s.name: (s.size, s.align, s.members) for s in api.structs},
            **dict.fromkeys(api.macros, ""), **api.bodies, **api.numbers,
            **{f"{n}(": c for n, c in api.arity.items()},
            **{n: (f.result, f.parameters) for n, f in api.functions.items()}}


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
