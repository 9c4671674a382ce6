# SPDX-License-Identifier: GPL-2.0-or-later
"""Globs of the kernel that match some names and none of some others. Pure.

kunit.filter_glob takes one glob and knows no "all but" before 6.6 (lib/kunit/executor.c), but
there are classes (lib/glob.c): all but drm_mm are ``[aclt]*``, ``d[ae]*`` and ``drm_[bd]*``, where
these are the letters that there are. A negated class would match the end of a name too.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

MOST = 100  # patterns: each is a guest
USUAL = string.ascii_letters + string.digits + "_-+:"  # of names that nobody has told us
_ODD = re.compile(r"[^\w+:-]", re.ASCII)  # a dot divides a suite from a case
_CLASSES = re.compile(r"^(?:\[([^]]+)\]|(\w))\[([^]]+)\]\*$")  # of the first two letters


def literal(name: str) -> str:
    """A glob that the kernel's command line can have, for one name."""
    return _ODD.sub("?", name)


def others(avoid: Collection[str], wanted: Collection[str] = ()) -> tuple[str, ...]:
    """Globs that match none of the names to avoid, and every other one, or all of ``wanted``.

    At most ``MOST``. Where names are not known, one that another to avoid begins with is missed,
    and where they are one whose odd letters would match another to avoid.
    """
    if not avoid:
        return ("*",)
    wanted = [n for n in wanted if n not in avoid]
    found = list(_below("", sorted(set(avoid)), wanted, known=bool(wanted)))
    found = [g for g in found if not any(fnmatchcase(n, g) for n in avoid)]
    return tuple(_fewer(found, avoid, wanted))[:MOST]


def _below(prefix: str, avoid: list[str], wanted: list[str], *, known: bool) -> Iterator[str]:
    """The globs for what begins with a prefix."""
    at = len(prefix)
    not_these = {n[at] for n in avoid if len(n) > at}
    if prefix and prefix in wanted:
        yield literal(prefix)
    rest = [n for n in wanted if len(n) > at and n[at] not in not_these]
    letters = {n[at] for n in rest} if known else set(USUAL) - not_these
    yield from (literal(n) for n in rest if _ODD.match(n[at]))
    if letters := {c for c in letters if not _ODD.match(c)}:
        yield f"{literal(prefix)}[{_letters(letters)}]*"
    for letter in sorted(not_these):
        more = prefix + letter
        left = [n for n in wanted if n.startswith(more)]
        if left or not known:
            yield from _below(more, [n for n in avoid if n.startswith(more)], left, known=known)


def _letters(those: Iterable[str]) -> str:
    """The inside of a class; a dash between two others would be a range."""
    return "".join(sorted(those, key=lambda c: (c != "-", c)))


def _fewer(globs: list[str], avoid: Collection[str], wanted: Collection[str]) -> list[str]:
    """The same with ``d[ae]*`` and ``l[i]*`` in one, where that matches none to avoid."""
    if not wanted:
        return globs
    for one, two in itertools.combinations(globs, 2):
        first, second = (_CLASSES.match(g) for g in (one, two))
        if first is None or second is None:
            continue
        letters = _letters({*(first[1] or first[2]), *(second[1] or second[2])})
        both = f"[{letters}][{_letters({*first[3], *second[3]})}]*"
        if not any(fnmatchcase(n, both) for n in avoid):
            rest = [g for g in globs if g not in {one, two}]
            return _fewer([*rest, both], avoid, wanted)
    return globs
