# SPDX-License-Identifier: GPL-2.0-or-later
"""Globs of the kernel that match some names and none of some others. Pure.

kunit.filter_glob takes one glob and knows no "all but" before 6.6 (lib/kunit/executor.c), but a
class may be negated (lib/glob.c): all but drm_mm are ``[!d]*``, ``d[!r]*`` and ``drm_[!m]*``,
where these are all the beginnings that there are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

MOST = 40  # patterns: each is a guest
_ODD = re.compile(r"[^\w+:-]")  # a dot divides a suite from a case
_CLASSES = re.compile(r"^(?:\[(\w+)\]|(\w))\[!([^]]+)\]\*$")  # of the first two letters


def literal(name: str) -> str:
    """A glob that the kernel's command line can have, for one name."""
    return _ODD.sub("?", name)


def others(avoid: Collection[str], wanted: Collection[str] = ()) -> tuple[str, ...]:
    """Globs that match every name but those to avoid, or, of ``wanted``, all of those.

    At most ``MOST``. Where names are not known, one that another to avoid begins with is missed.
    """
    if not avoid:
        return ("*",)
    wanted = [n for n in wanted if n not in avoid]
    found = list(_below("", sorted(set(avoid)), wanted, known=bool(wanted)))
    return tuple(_fewer(found, avoid, wanted))[:MOST]


def _below(prefix: str, avoid: list[str], wanted: list[str], *, known: bool) -> Iterator[str]:
    """The globs for what begins with a prefix."""
    at = len(prefix)
    not_these = sorted({n[at] for n in avoid if len(n) > at})
    if prefix and prefix in wanted:
        yield literal(prefix)
    if not known or any(len(n) > at and n[at] not in not_these for n in wanted):
        letters = _letters(c for c in not_these if not _ODD.match(c))
        yield f"{literal(prefix)}[!{letters}]*" if letters else f"{literal(prefix)}?*"
    for letter in not_these:
        more = prefix + letter
        left = [n for n in wanted if n.startswith(more)]
        if left or not known:
            yield from _below(more, [n for n in avoid if n.startswith(more)], left, known=known)


def _letters(those: Iterable[str]) -> str:
    """The inside of a class; a dash between two others would be a range."""
    return "".join(sorted(those, key=lambda c: (c != "-", c)))


def _fewer(globs: list[str], avoid: Collection[str], wanted: Collection[str]) -> list[str]:
    """The same with ``d[!r]*`` and ``l[!o]*`` in one, where that loses none that is wanted."""
    if not wanted:
        return globs
    for one, two in itertools.combinations(globs, 2):
        first, second = (_CLASSES.match(g) for g in (one, two))
        if first is None or second is None:
            continue
        letters = _letters({*(first[1] or first[2]), *(second[1] or second[2])})
        both = f"[{letters}][!{_letters({*first[3], *second[3]})}]*"
        need = [n for n in wanted if fnmatchcase(n, one) or fnmatchcase(n, two)]
        if all(fnmatchcase(n, both) for n in need) and not any(
                fnmatchcase(n, both) for n in avoid):
            rest = [g for g in globs if g not in {one, two}]
            return _fewer([*rest, both], avoid, wanted)
    return globs
