# SPDX-License-Identifier: GPL-2.0-or-later
"""Where mails come from: maildir, growing mbox, public-inbox repository, Patchwork project.

Each is read from where it was left, which is a small JSON value (``cursor``), a bounded number of
mails at a time.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from harness.clean import one_line
from harness.errors import UsageError
from harness.farm import project
from harness.farm.batch import Batch
from harness.farm.project import Project, checked
from harness.intake import lore
from harness.intake.mime import MAX_MAIL
from harness.system import files, repo

MOST = 1000  # mails that are read at a time
_MOST_FETCHED = 100  # of a server at a time, each asked for
_CHUNK = 64 << 20  # bytes of an mbox that are read at a time
_QUIET = 10.0  # seconds for which nobody has written to an mbox whose last mail is whole
_HEAD = 4096  # bytes by which an mbox is known again


def kind_of(place: Path) -> str:
    """"maildir", "mbox" or "public-inbox".

    Raises ``UsageError`` for anything else.
    """
    if (place / "cur").is_dir() and (place / "new").is_dir():
        return "maildir"
    if place.is_file():
        return "mbox"
    if _epochs(place):
        return "public-inbox"
    raise UsageError(f"{one_line(str(place))}: no source of mails",
                     hint="a maildir, an mbox, or a public-inbox repository (git clone --mirror "
                          "https://lore.kernel.org/LIST/0)")


Place = Path | Project


def place_of(text: str) -> Place:
    """Where a user's word points; raises ``UsageError`` where no mails come from there."""
    if "://" in text:
        return checked(text)
    place = Path(text).expanduser().resolve()
    kind_of(place)
    return place


def read(place: Place, cursor: Any, since: float = 0.0) -> Batch:
    """What has come since ``cursor``.

    Without one all is read, or what has come since a time (in seconds since 1970) where that is
    known before a mail is looked at.
    Raises what ``kind_of`` raises, ``OSError`` where a file cannot be read, and
    ``InfrastructureError`` where a server does not answer.
    """
    if isinstance(place, Project):
        return project.read(place, cursor, since, _MOST_FETCHED)
    kind = kind_of(place)
    if kind == "public-inbox":
        return _inbox(place, cursor, since)
    return _maildir(place, cursor) if kind == "maildir" else _mbox(place, cursor)


def _maildir(place: Path, cursor: Any) -> Batch:
    """The mails by name: what is before ``:`` stays the same when a mail program moves one.

    The cursor is a digest of the names that are known; each is read once while it is there.
    """
    known = set(cursor or ())
    there = {f.name.partition(":")[0]: f for sub in ("cur", "new")
             for f in (place / sub).iterdir() if not f.name.startswith(".")}
    fresh = sorted(n for n in there if _short(n) not in known)
    mails, gone, notices = [], set[str](), list[str]()
    for name in fresh[:MOST]:
        try:
            data = files.read(there[name], MAX_MAIL)
        except FileNotFoundError:  # it moved from new to cur just now: the next time
            gone.add(name)
        except OSError as error:  # a link, or one that we may not read
            notices.append(f"{there[name]}: left out: {error.strerror}")
        else:
            mails.append((f"{place}/{name}", data))
    done = {_short(n) for n in fresh[:MOST] if n not in gone}
    return Batch(tuple(mails), sorted((known & {_short(n) for n in there}) | done),
                 tuple(notices), more=len(fresh) > MOST and bool(done))


def _short(name: str) -> str:
    return _digest(name.encode("utf-8", "surrogateescape"))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _mbox(place: Path, cursor: Any) -> Batch:
    """An mbox to which others append: from where it ended; all of it where it was replaced."""
    at, head = cursor or (0, "")
    notices: tuple[str, ...] = ()
    with place.open("rb") as handle:
        status = os.fstat(handle.fileno())
        size = status.st_size
        first = hashlib.sha256(handle.read(min(at, _HEAD))).hexdigest()
        if at > size or (at and first != head):
            at, notices = 0, (f"{place}: it was rewritten, and is read from its beginning",)
        handle.seek(at)
        data = handle.read(_CHUNK)
        # Up to the last mail that is whole: somebody may be writing it just now.
        if at + len(data) < size or abs(time.time() - status.st_mtime) < _QUIET:
            cut = data.rfind(b"\nFrom ")
            data = data[:cut + 1] if cut > 0 else b"" if len(data) < _CHUNK else data
        mails = lore.split(data) if data.strip() else []
        mails = [m[:MAX_MAIL + 1] for m in mails]
        at += len(data)
        handle.seek(0)
        head = hashlib.sha256(handle.read(min(at, _HEAD))).hexdigest()
    return Batch(tuple((f"{place}#{_digest(m)}", m) for m in mails), [at, head],
                 notices, more=at < size and bool(data))


def _epochs(place: Path) -> list[Path]:
    """The git repositories of a public-inbox: version 2 has a row of them, a mirror may be one."""
    rows = sorted((p for p in place.glob("git/*.git") if p.stem.isdigit()),
                  key=lambda p: int(p.stem))
    return rows or ([place] if (place / "objects").is_dir() else [])


def _inbox(place: Path, cursor: Any, since: float) -> Batch:
    """Each commit of a version 2 repository has one mail, in the file ``m``."""
    heads: dict[str, str] = dict(cursor or {})
    mails: list[tuple[str, bytes]] = []
    notices: list[str] = []
    for epoch in _epochs(place):
        name = epoch.name
        head, last = repo.rev_parse(epoch, "HEAD"), heads.get(name, "")
        if head is None or last == head:
            continue
        if last and repo.git(epoch, "merge-base", "--is-ancestor", last, head,
                             ok=None).returncode != 0:
            notices.append(f"{epoch}: its history was rewritten, and is read again")
            last = ""
        rows = _commits(epoch, last, head, 0.0 if last else since)
        for commit in rows[:MOST - len(mails)]:
            data = repo.show(epoch, commit, "m")
            if data is not None:  # else a mail that was taken out again ("d")
                mails.append((f"{epoch}@{commit[:16]}", data[:MAX_MAIL + 1]))
            heads[name] = commit
        if len(mails) >= MOST:
            return Batch(tuple(mails), heads, tuple(notices), more=True)
        heads[name] = head  # also where all that is there is older
    return Batch(tuple(mails), heads, tuple(notices))


def _commits(epoch: Path, last: str, head: str, since: float) -> list[str]:
    done = repo.git(epoch, "rev-list", "--reverse", "--timestamp", head,
                    *([f"^{last}"] if last else []), keep=_CHUNK * 4)
    rows = (line.split() for line in done.stdout.decode("ascii").splitlines())
    return [commit for when, commit in rows if float(when) >= since]
