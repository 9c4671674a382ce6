# SPDX-License-Identifier: GPL-2.0-or-later
"""From what was given to a ``Series``: mails chosen, each read, the whole checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.clean import decode, one_line
from harness.errors import InputRefusedError
from harness.intake import lore
from harness.intake.elsewhere import project_of
from harness.intake.gate import check_lines, check_links
from harness.intake.inputs import Delivery, receive
from harness.intake.mail import Mail, below_scissors, parse_mail, unquoted
from harness.intake.read import read_patch
from harness.intake.thread import ChosenSeries, Reply, choose
from harness.model import Patch, Series

_BASE = re.compile(r"(?m)^base-commit: ([0-9a-f]{12,40})\s*$")
_NEEDS = re.compile(r"(?m)^prerequisite-(?:patch|message|change)-id: (\S{7,200})\s*$")
MAX_PATCHES = 1000
_READERS = 4


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options that control how mails are read."""

    version: int | None = None
    unquote: bool = False
    damaged: bool = False  # read a damaged patch all the same: it is to be repaired
    archive: str = lore.ARCHIVE
    series: int | None = None  # of several in one mbox, counted from 1
    more: tuple[str, ...] = ()  # files that belong to the one that is named


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One version of the series as it was found: its parts by number, 0 for the cover."""

    version: int
    total: int
    title: str
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """The input and how it was understood. ``tree`` is that of a git range."""

    series: Series
    kind: str  # of what was given: file, mbox, maildir, directory, range, ...
    origin: str
    tree: str
    versions: tuple[VersionSummary, ...]
    replies: tuple[Reply, ...]


def read_thread(text: str, cache: Path, reading: ReadOptions = ReadOptions()) -> Thread:
    """Read what ``text`` means: see ``inputs.receive``.

    Raises ``UsageError`` when there is nothing there, ``InputRefusedError`` when it is no series
    that can be taken.
    """
    delivery = receive(text, cache, reading.archive, more=reading.more)
    return read_delivery(delivery, reading)


def read_series(path: Path) -> Series:
    """Read a mail, an mbox or a directory of them; raises what ``read_thread`` raises."""
    return read_thread(str(path), Path("/nonexistent")).series


def read_parts(paths: Sequence[Path]) -> Series:
    """A folder, or single mails that are to be one series: their order gives the numbers."""
    if len(paths) == 1:
        return read_series(paths[0])
    covers = [p for p in paths if "0000-cover" in p.name]
    parts = [read_series(path) for path in paths if path not in covers]
    text = "".join(decode(p.read_bytes()).partition("\n\n")[2] for p in covers)
    patches = tuple(p for part in parts for p in part.patches)
    return replace(parts[0], title=patches[0].subject, cover=text, notices=(), patches=tuple(
        replace(p, number=n, total=len(patches)) for n, p in enumerate(patches, 1)))


def read_delivery(delivery: Delivery, reading: ReadOptions) -> Thread:
    """The mails of a delivery -> its series."""
    mails = [m for raw in delivery.mails for m in parse_mail(raw.data, raw.source)]
    if not any(m.kind == "patch" for m in mails):
        mails = [below_scissors(m) for m in mails]
    if reading.unquote and not any(m.kind == "patch" for m in mails):
        mails = [unquoted(m) for m in mails]
    choice = choose(mails, delivery.origin, reading.version, reading.series)
    version = choice.version
    if len(version.patches) > MAX_PATCHES:
        raise InputRefusedError(f"{delivery.origin}: {len(version.patches)} patches "
                                f"(limit {MAX_PATCHES})")
    with ThreadPoolExecutor(_READERS) as pool:  # git is another process each time
        patches = _numbered(list(pool.map(read_patch, version.patches)))
    if name := project_of(patches):
        raise InputRefusedError(
            f"{delivery.origin}: the patches are for {name}, not for the kernel",
            hint="nothing was looked at: every rule here is about kernel code")
    check_lines((p.diff for p in patches), delivery.origin)
    check_links((p.diff for p in patches), delivery.origin)
    for patch in patches:
        if not reading.damaged:
            refuse_damage(patch)
    here = {m.message_id for m in mails}
    series = replace(_series(choice, patches, delivery), answers=any(
        parent not in here for m in version.parts for parent in m.parents))
    versions = tuple(
        VersionSummary(v.number, v.total, v.title, tuple(sorted(m.tag.number for m in v.parts)))
        for v in sorted(choice.versions, key=lambda v: (v.number, v.when)))
    return Thread(series, delivery.kind, delivery.origin, delivery.tree, versions, choice.replies)


def refuse_damage(patch: Patch) -> None:
    """Raise ``InputRefusedError`` for the first damage with which it cannot be applied."""
    fatal = [d for d in patch.damage if d.fatal]
    if not fatal:
        return
    flowed = any(d.kind == "flowed" for d in patch.damage)
    also = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
    wrapped = ": wrapped lines" if any(d.kind == "wrapped" for d in fatal) else ""
    raise InputRefusedError(
        f"{patch.source}: {'damaged by format=flowed: ' if flowed else ''}{fatal[0].message}"
        f"{also}{wrapped if wrapped and 'wrapped' not in fatal[0].message else ''}",
        hint="--repair mends what is unambiguous against the tree; or ask for a resend "
             "with git send-email")


def _numbered(patches: list[Patch]) -> tuple[Patch, ...]:
    """Patches that were sent without numbers get those of their order."""
    if all(p.total == 1 for p in patches) and len(patches) > 1:
        return tuple(replace(p, number=n, total=len(patches)) for n, p in enumerate(patches, 1))
    return tuple(patches)


def _series(choice: ChosenSeries, patches: tuple[Patch, ...], delivery: Delivery) -> Series:
    version = choice.version
    cover = version.cover
    text = decode(cover.body) if cover else ""
    bodies = [decode(m.body) for m in version.parts]
    base = next((m.group(1) for body in bodies if (m := _BASE.search(body))), delivery.base)
    needs = tuple(dict.fromkeys(one_line(n) for body in bodies for n in _NEEDS.findall(body)))
    binary = tuple(f"patch {p.number}/{p.total}: {one_line(f.path)} is binary"
                   for p in patches for f in p.files if f.binary)
    damage = tuple(f"patch {p.number}/{p.total}: {d.message}" for p in patches for d in p.damage
                   if d.kind in {"mail", "flowed"})  # the others are findings
    return Series(
        title=version.title or patches[0].subject, version=version.number, patches=patches,
        cover=text, source=delivery.origin, base_commit=base, prerequisites=needs,
        notices=(*delivery.notices, *choice.notices, *_mail_notices(cover), *binary, *damage))


def _mail_notices(cover: Mail | None) -> tuple[str, ...]:
    return tuple(f"cover letter: {n}" for n in cover.notices) if cover else ()
