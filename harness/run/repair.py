# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that mailers damaged, mended against the tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness import apply
from harness.apply import repair
from harness.errors import InputRefusedError
from harness.hunks import scan
from harness.intake.damage import stat_of
from harness.intake.read import message_diff_mended, prefix_mended, with_diff
from harness.model import Damage, Patch, Series, Tree


def mended(series: Series, tree: Tree) -> Series:
    """The series with its damaged patches mended against the tree.

    What was done is in the notices. Raises ``InputRefusedError`` when a patch cannot be mended
    or does not apply then.
    """
    whole = apply.apply_mended(series, tree, tree.commit, _mend)
    done = tuple(f"repaired: patch {p.number}/{p.total}: {d.message}" for p in whole.patches
                 for d in p.damage if d.kind == "repair")
    return replace(whole, notices=whole.notices + (done or (
        "nothing had to be repaired",)))


# Damage that is repaired without a tree, with the message about it.
_MENDERS = (
    (message_diff_mended, "the diff in the commit message was put back there, indented"),
    (prefix_mended, "a/ and b/ put before the paths"),
)


def _mend(patch: Patch, content: Callable[[str], bytes | None]) -> Patch:
    said: tuple[str, ...] = ()
    for mender, words in _MENDERS:
        diff = patch.diff
        patch = mender(patch)
        if patch.diff != diff:
            said += (words,)
    stat = stat_of(patch.notes)
    blanks = any(d.kind == "blanks" for d in patch.damage)
    if repair.needs(scan(patch.diff), content, blanks=blanks):
        got = repair.mend(patch.diff, content, stat, blanks=blanks)
        if got.problem:
            raise InputRefusedError(
                f"patch {patch.number}/{patch.total} ({patch.source}) cannot be repaired: "
                f"{got.problem}", hint="ask for a resend with git send-email")
        patch = with_diff(patch, got.diff)
        said += got.repairs
    counted = (sum(f.added for f in patch.files), sum(f.removed for f in patch.files))
    if said and stat is not None and stat != counted:
        raise InputRefusedError(
            f"patch {patch.number}/{patch.total} ({patch.source}) cannot be repaired: the diffstat "
            f"says +{stat[0]} -{stat[1]}, mended it has +{counted[0]} -{counted[1]}")
    left = [d for d in patch.damage if d.fatal]
    if left:
        raise InputRefusedError(f"patch {patch.number}/{patch.total} ({patch.source}) cannot be "
                                f"repaired: {left[0].message}")
    return replace(patch, damage=(*patch.damage, *(Damage("repair", s) for s in said)))
