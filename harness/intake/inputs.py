# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in: file, mbox, maildir, directory, stdin, git range or revision, message-id."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from harness.clean import one_line
from harness.errors import InputRefusedError, UsageError
from harness.intake import exported, lore, ranges
from harness.intake.mime import MAX_MAIL, travelled

MAX_MBOX = 64 << 20  # bytes
MAX_MAILS = 20_000
_ENDINGS = {".patch", ".eml", ".mbox", ".mbx", ".mail", ".txt", ".diff", ".gz"}


@dataclass(frozen=True, slots=True)
class Raw:
    """One mail as it came; ``source`` says from where."""

    source: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """Mails that were read. ``tree`` and ``base`` are known for a git range."""

    kind: str
    origin: str
    mails: tuple[Raw, ...]
    tree: str = ""
    base: str = ""
    notices: tuple[str, ...] = ()


def receive(text: str, cache: Path, archive: str = lore.ARCHIVE,
            stdin: BinaryIO | None = None, more: Sequence[str] = ()) -> Delivery:
    """Read the mails that ``text`` names; ``more`` files or directories belong to them.

    Raises ``UsageError`` when it means none, ``InputRefusedError`` when what is behind it
    cannot be taken, ``InfrastructureError`` when it cannot be reached.
    """
    if more:
        return _several((text, *more), cache)
    path = Path(text).expanduser()
    if text == "-":
        return _from_bytes("stdin", "-", (stdin or sys.stdin.buffer).read(MAX_MBOX + 1))
    if path.is_dir():
        return _directory(path)
    if path.is_file():
        return _from_bytes("file", path.name, _read(path))
    if found := ranges.commits(text, cache):
        return Delivery("git-range", found.origin, _split(found.name, found.text), found.where,
                        found.base, found.notices)
    msgid, where = lore.message_id(text, archive)
    if msgid:
        return Delivery("message-id", msgid, _split(msgid, lore.fetch(msgid, where)))
    raise UsageError(f"{one_line(text)}: no such file, directory or commit",
                     hint="a series is a mail, an mbox, a maildir, a directory of patches, '-', "
                          "TREE@A..B, in a git tree a commit or a branch, or a message-id")


def _several(texts: Sequence[str], cache: Path) -> Delivery:
    """Files that a shell has named one by one."""
    for text in texts:
        if not Path(text).expanduser().exists():
            raise UsageError(f"{one_line(text)}: no such file or directory",
                             hint="several words are the files of one series; a range is one word: "
                                  "A..B")
    parts = [receive(text, cache) for text in texts]
    mails = tuple(m for part in parts for m in part.mails)
    if len(mails) > MAX_MAILS or sum(len(m.data) for m in mails) > MAX_MBOX:
        raise InputRefusedError(f"{texts[0]} and {len(texts) - 1} more: too large "
                                f"(limit {MAX_MAILS} mails, {MAX_MBOX >> 20} MiB)")
    return Delivery("files", f"{parts[0].origin} and {len(texts) - 1} more", mails)


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_MBOX:
        raise InputRefusedError(f"{path}: too large (limit {MAX_MBOX >> 20} MiB)")
    with path.open("rb") as handle:
        return handle.read(MAX_MBOX + 1)


def _from_bytes(kind: str, name: str, data: bytes) -> Delivery:
    if len(data) > MAX_MBOX:
        raise InputRefusedError(f"{name}: too large (limit {MAX_MBOX >> 20} MiB)")
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(name, data)
    if not data.strip():
        raise InputRefusedError(f"{name}: it is empty, no patch found",
                                hint="save the mail or thread anew (t.mbox.gz of an archive)")
    mails = _split(name, data)
    return Delivery("mbox" if len(mails) > 1 else kind, name, mails)


def _gunzip(name: str, data: bytes) -> bytes:
    """Unpack lore's ``t.mbox.gz``, bounded by the size that an mbox may have."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as handle:
            plain = handle.read(MAX_MBOX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputRefusedError(f"{name}: not a sound gzip file: {error}") from None
    if len(plain) > MAX_MBOX:
        raise InputRefusedError(f"{name}: too large unpacked (limit {MAX_MBOX >> 20} MiB)")
    return plain


def _split(name: str, data: bytes) -> tuple[Raw, ...]:
    if not data.startswith(b"From "):
        if len(data) > MAX_MAIL:
            raise InputRefusedError(f"{name}: too large (limit {MAX_MAIL >> 20} MiB)")
        return (Raw(name, exported.as_mail(data)),)
    data = travelled(data)
    parts = lore.split(data)
    if len(parts) > MAX_MAILS:
        raise InputRefusedError(f"{name}: {len(parts)} mails (limit {MAX_MAILS})")
    if len(parts) == 1:
        return (Raw(name, data),)
    return tuple(Raw(f"{name}#{n}", part) for n, part in enumerate(parts, 1))


def _directory(path: Path) -> Delivery:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        kind = "maildir"
        files = [f for sub in ("cur", "new") for f in (path / sub).iterdir() if f.is_file()]
    else:
        kind = "directory"
        files = [f for f in path.iterdir() if f.suffix in _ENDINGS and f.is_file()]
    if not files:
        raise InputRefusedError(f"{path}: no patch found",
                                hint="a series is a directory of *.patch files or an mbox")
    if len(files) > MAX_MAILS:
        raise InputRefusedError(f"{path}: {len(files)} files (limit {MAX_MAILS})")
    if sum(f.stat().st_size for f in files) > MAX_MBOX:
        raise InputRefusedError(f"{path}: too large (limit {MAX_MBOX >> 20} MiB)")
    mails = [mail for file in sorted(files)
             for mail in _from_bytes(kind, file.name, _read(file)).mails]
    return Delivery(kind, str(path), tuple(mails))
