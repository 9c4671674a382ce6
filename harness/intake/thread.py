# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails of a thread -> which of them are the series. Pure.

A thread holds covers, patches, older versions, replies, bots and somebody's
counter-proposal. The newest complete version is used, and everything that is left
out is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.evidence import runs
from harness.intake.lore import offered
from harness.intake.mail import PULL, Mail, quoted_text
from harness.intake.together import together
from harness.intake.versions import (
    Version,
    after_rfc,
    groups,
    plain_title,
    same_shape,
    same_work,
    threads_of,
    version_of,
    works_of,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail about the series; ``on`` is the patch it answers (0: cover, -1: not known)."""

    subject: str
    sender: str
    message_id: str
    kind: str
    on: int
    trailers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChosenSeries:
    """The version that is used, the others, and the notices about it."""

    version: Version
    versions: tuple[Version, ...]
    replies: tuple[Reply, ...]
    notices: tuple[str, ...]


def once(mails: Sequence[Mail]) -> tuple[list[Mail], int]:
    """Each message-id once: a mail comes through several lists."""
    seen: set[str] = set()
    kept = []
    for mail in mails:
        if mail.message_id in seen:
            continue
        if mail.message_id:
            seen.add(mail.message_id)
        kept.append(mail)
    return kept, len(mails) - len(kept)


def _of_one_id(mails: Sequence[Mail], kept: Sequence[Mail]) -> list[str]:
    """Mails that have the id of another one, and are something else."""
    first = {m.message_id: m.body.split() for m in kept if m.message_id}
    odd = [m for m in mails if m.message_id in first and m.body.split() != first[m.message_id]
           and m.kind in {"patch", "cover"}]
    return [f"{one_line(m.source, 80)}: left out: it has the Message-Id of another mail and is "
            "not the same" for m in odd]


def _nothing(mails: Sequence[Mail], origin: str) -> InputRefusedError:
    """Why there is no patch in these mails, and what can be done."""
    if any(m.kind == "cover" for m in mails):
        total = next(m.tag.total for m in mails if m.kind == "cover")
        return InputRefusedError(f"{origin}: no patch found, only a cover letter: the "
                                 f"{total} patches are missing")
    if any(PULL.search(m.body) for m in mails):
        return InputRefusedError(f"{origin}: a pull request, no patch found", hint="fetch what it "
                                 "names and give the commits: PATH@BASE..HEAD")
    hint = "harness review FILE shows the comments line by line; --unquote takes the patch"
    if any(m.kind in {"reply", "bot"} and m.quotes_diff for m in mails):
        return InputRefusedError(
            f"{origin}: no patch found: a patch quoted in a reply is no submission", hint=hint)
    if any(m.kind in {"reply", "bot"} and m.has_diff for m in mails):
        return InputRefusedError(
            f"{origin}: no patch found: a reply with a diff in it, or a forwarded mail, is no "
            "submission",
            hint="--unquote takes it")
    if len(mails) == 1 and not mails[0].subject and not mails[0].sender:
        return InputRefusedError(f"{origin}: not a mail and not a patch, no patch found",
                                 hint="give a mail, an mbox or the output of git format-patch")
    return InputRefusedError(
        f"{origin}: no patch found", hint="plain mails hold no patch that could be applied")


def choose(mails: Sequence[Mail], origin: str, wanted: int | None = None,
           series: int | None = None) -> ChosenSeries:
    """Tell the series from everything else; ``series`` is which of several, counted from 1.

    Raises ``InputRefusedError`` when there is none, when parts are missing, when it holds
    different works, or when version ``wanted`` is not there.
    """
    every, twice = once(mails)
    every, told = together(every)
    parts = [m for m in every if m.kind in {"patch", "cover"}]
    if not any(m.kind == "patch" for m in parts):
        raise _nothing(every, origin)
    versions = [version_of(g) for g in groups(parts) if any(m.kind == "patch" for m in g)]
    notices = [*([f"{twice} mails came twice (same Message-Id)"] if twice else []),
               *_of_one_id(mails, every), *told]
    threads = threads_of(every)
    if series is not None:
        versions = _numbered(versions, threads, series, origin, notices)
    main = _main(versions, threads)
    mine = [v for v in versions if v is main or (
        same_shape(main, v) and same_work(main, v, threads))]
    _others(versions, mine, threads, origin, notices)
    taken = _newest(mine, wanted, origin, notices)
    taken = _without_doubles(taken, origin, notices)
    taken = _rerolled(taken, mine, notices)
    _complete(taken, mine, every, origin, notices)
    return ChosenSeries(taken, tuple(mine), _replies(every, taken), tuple(notices))


def _main(versions: list[Version], threads: dict[str, str]) -> Version:
    """The work that the thread is about: the one that it begins with, else the largest."""
    numbered = [v for v in versions if v.numbered]
    roots = {m.message_id for v in versions for m in v.parts
             if not any(p in threads for p in m.parents)}
    begins = [v for v in numbered or versions
              if any(m.message_id in roots or not m.message_id for m in v.parts)]
    return min(begins or numbered or versions, key=lambda v: (v.when == 0, v.when))


def _numbered(versions: list[Version], threads: dict[str, str], series: int, origin: str,
              notices: list[str]) -> list[Version]:
    """The versions of the work with this number."""
    works = works_of(versions, threads)
    if not 1 <= series <= len(works):
        raise InputRefusedError(f"{origin}: --series {series}: it holds {len(works)} series")
    if len(works) > 1:
        notices.append(f"series {series} of {len(works)} in it: the others were not looked at")
    return works[series - 1]


def _others(versions: list[Version], mine: list[Version], threads: dict[str, str], origin: str,
            notices: list[str]) -> None:
    """Somebody else's patch in the thread is left out; a second work is one too many."""
    known = {threads.get(m.message_id) for v in mine for m in v.parts if m.message_id}
    for other in versions:
        if other in mine:
            continue
        head = other.parts[0]
        apart = not head.message_id or threads[head.message_id] not in known
        if apart and other.numbered == mine[0].numbered:
            works = works_of(versions, threads)
            listed = "; ".join(f"{n} {one_line(row[-1].title, 60)!r} ({len(row[-1].patches)} of "
                               f"{row[-1].total})" for n, row in enumerate(works[:8], 1))
            raise InputRefusedError(
                f"{origin}: holds different series: {listed}"
                + (f"; and {len(works) - 8} more" if len(works) > 8 else ""),
                hint="--series N takes one of them")
        notices.append(f"left out: {one_line(head.subject, 80)!r} from "
                       f"{one_line(head.sender, 60)}, another patch in the thread")


def _newest(mine: list[Version], wanted: int | None, origin: str,
            notices: list[str]) -> Version:
    numbers = sorted({v.number for v in mine})
    there = ", ".join(f"v{n}" for n in numbers)
    number = numbers[-1] if wanted is None else wanted
    if number not in numbers:
        raise InputRefusedError(f"{origin}: version {number} is not there, only {there}")
    if wanted is None and (real := after_rfc(mine, number)):
        notices.append(f"RFC v{number} and a later sending that is none are there: v{real} is "
                       "taken (--version N takes another)")
        number = real
    elif len(numbers) > 1:
        notices.append(f"{there} are there: v{number} is taken (--version N takes another)")
    same = _of_who_began(mine, [v for v in mine if v.number == number], notices)
    if len(same) > 1:
        notices.append(f"v{number} was sent {len(same)} times: the last sending is taken")
    taken = max(enumerate(same), key=lambda pair: (pair[1].when, pair[0]))[1]
    if not taken.numbered:
        titles = {plain_title(m.tag.title) for m in taken.patches}
        notices += [f"left out: {one_line(m.subject, 80)!r}, which has no part in v{number}"
                    for v in mine if not v.numbered and v.number < number for m in v.patches
                    if len(v.patches) > 1 and plain_title(m.tag.title) not in titles]
    return taken


def _of_who_began(mine: list[Version], same: list[Version], notices: list[str]) -> list[Version]:
    """The sendings of one number; what somebody else has sent under it replaces nobody's."""
    first = _address(min(mine, key=lambda v: (v.when == 0, v.when)))
    own = [v for v in same if _address(v) in {first, ""}]
    if not first or not own:
        return same
    notices += [f"left out: {one_line(v.title, 80)!r} from {one_line(v.parts[0].sender, 60)}, who "
                "did not send the first one" for v in same if v not in own]
    return own


def _address(version: Version) -> str:
    """Who sent it; "" for files, which have the authors of the patches."""
    head = version.cover or version.parts[0]
    return head.address if head.message_id else ""


def _without_doubles(version: Version, origin: str, notices: list[str]) -> Version:
    """The same part twice with the same text is one part; with another text it is refused."""
    kept: dict[int, Mail] = {}
    drop: list[Mail] = []
    for mail in version.parts:
        if not mail.tag.numbered:
            continue
        first = kept.setdefault(mail.tag.number, mail)
        if first is mail:
            continue
        if first.body.strip() != mail.body.strip():
            raise InputRefusedError(f"{origin}: patch {mail.tag.number} of {version.total} is "
                                    f"there twice ({first.source}, {mail.source}), not the same")
        drop.append(mail)
        notices.append(f"patch {mail.tag.number} of {version.total} came twice, the same text")
    return Version(version.number, version.total, version.title,
                   tuple(m for m in version.parts if not any(m is d for d in drop)))


def _rerolled(taken: Version, mine: list[Version], notices: list[str]) -> Version:
    """New versions of single parts, sent as answers to the old ones, with the rest of those."""
    if not taken.missing or not taken.numbered:
        return taken
    older = sorted((v for v in mine if v.number < taken.number and v.total == taken.total
                    and v.parts[0].sender == taken.parts[0].sender),
                   key=lambda v: (v.number, v.when), reverse=True)
    whole = next((v for v in older if not v.missing), None)
    if whole is None:
        return taken
    news = (taken, *older[:older.index(whole)])  # each of them as answers to what it replaces
    ids = {m.message_id: m.tag.number for v in older for m in v.patches}
    if any(m.tag.number not in {ids.get(p) for p in m.parents} for v in news for m in v.patches):
        return taken
    parts = {m.tag.number: m for v in reversed((*news, whole)) for m in v.parts}
    notices += [f"v{v.number} has patch {', '.join(str(m.tag.number) for m in v.patches)} alone, "
                f"as an answer to an earlier one: the others are those of v{whole.number}"
                for v in reversed(news)]
    return Version(taken.number, taken.total, whole.title, tuple(parts.values()))


def _complete(taken: Version, mine: list[Version], every: Sequence[Mail], origin: str,
              notices: list[str]) -> None:
    """Refuse a series with holes; one part alone is used alone, with a notice."""
    above = sorted(m.tag.number for m in taken.patches
                   if m.tag.numbered and m.tag.number > taken.total)
    if above:
        raise InputRefusedError(f"{origin}: patch {above[0]} of {taken.total}: no such number")
    if not taken.missing:
        return
    text = ", ".join(runs(taken.missing))
    if sum(m.kind in {"patch", "cover"} for m in every) == 1:
        what = f"patches {text} are not here and were" if len(taken.missing) > 1 else (
            f"patch {text} is not here and was")
        notices.append(f"patch {taken.patches[0].tag.number} of {taken.total} alone: "
                       f"{what} not looked at")
        return
    whole = sorted({v.number for v in mine if not v.missing} - {taken.number})
    raise InputRefusedError(
        f"{origin}: patch {text} of {taken.total} is missing",
        hint=f"v{whole[-1]} is complete: --version {whole[-1]}" if whole else
        "give the whole thread, or one patch alone")


def _replies(every: Sequence[Mail], taken: Version) -> tuple[Reply, ...]:
    numbers = {m.message_id: m.tag.number for m in taken.parts if m.message_id}
    by_id = {m.message_id: m for m in every if m.message_id}
    replies = []
    for mail in every:
        if mail.kind not in {"reply", "bot"}:
            continue
        on, queue, seen = -1, list(mail.parents), set[str]()
        while queue and on < 0:
            one = queue.pop(0)
            if one in numbers:
                on = numbers[one]
            elif one in by_id and one not in seen:
                seen.add(one)
                queue += by_id[one].parents[:1]
        replies.append(Reply(mail.subject, mail.sender, mail.message_id, mail.kind, on,
                             offered(quoted_text(mail)) if on >= 0 else ()))
    return tuple(replies)
