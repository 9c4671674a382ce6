# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads patches from files; ``git mailinfo`` splits each mail, unidiff describes it."""

from __future__ import annotations

import email
import email.header
import re
import tempfile
from email.message import Message
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from harness import repo
from harness.clean import decode, one_line
from harness.errors import CommandFailedError, InputRefusedError, UsageError
from harness.intake.gate import MAX_MAIL, check_diff
from harness.model import Patch, PatchFile, Series

_PREFIX = re.compile(r"^\s*(?:Re:\s*)?\[([^\]]*)\]\s*", re.IGNORECASE)
_COUNT = re.compile(r"\b(\d+)/(\d+)\b")
_VERSION = re.compile(r"\bv(\d+)\b", re.IGNORECASE)
_ENDINGS = {".patch", ".eml", ".mbox", ".mail", ".txt", ".diff"}


def read_series(path: Path) -> Series:
    """Read a mail, an mbox or a directory of them.

    Raises ``UsageError`` when there is nothing at ``path`` and
    ``InputRefusedError`` when what is there is no series that can be taken.
    """
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix in _ENDINGS and p.is_file())
        if not files:
            raise InputRefusedError(f"{path}: no patch found",
                                    hint="a series is a directory of *.patch files or an mbox")
    elif path.is_file():
        files = [path]
    else:
        raise UsageError(f"{path}: no such file or directory")
    mails = [(f"{file.name}", mail) for file in files for mail in _split(file)]
    return _assemble([_parse(source, mail) for source, mail in mails], str(path))


def _split(path: Path) -> list[bytes]:
    """The mails of one file, as ``git mailsplit`` sees them."""
    if path.stat().st_size > MAX_MAIL:
        raise InputRefusedError(f"{path}: too large (limit {MAX_MAIL >> 20} MiB)")
    data = path.read_bytes()
    if not data.strip():
        raise InputRefusedError(f"{path}: the file is empty, no patch found")
    if not data.startswith(b"From "):
        return [data]
    with tempfile.TemporaryDirectory() as name:
        repo.git(None, "mailsplit", f"-o{name}", "--", str(path.resolve()))
        return [part.read_bytes() for part in sorted(Path(name).iterdir())]


def _header(mail: Message, name: str) -> str:
    """A header decoded, unfolded and without control characters."""
    try:
        raw = str(mail.get(name, ""))
        parts = email.header.decode_header(raw)
        text = "".join(
            p.decode(c or "utf-8", "replace") if isinstance(p, bytes) else p for p, c in parts)
    except (LookupError, ValueError, email.errors.HeaderParseError):
        text = raw
    return one_line(text, 400)


def _describe(diff: bytes, source: str) -> tuple[PatchFile, ...]:
    try:
        patch_set = PatchSet(decode(diff))
    except UnidiffParseError as error:
        raise InputRefusedError(f"{source}: malformed hunk: {one_line(str(error))}") from None
    files = []
    for item in patch_set:
        added = tuple((line.target_line_no or 0, line.value.rstrip("\n"))
                      for hunk in item for line in hunk if line.is_added)
        files.append(PatchFile(
            path=item.path, old_path=re.sub(r"^a/", "", item.source_file),
            added=item.added, removed=item.removed,
            new=item.is_added_file, deleted=item.is_removed_file, added_lines=added))
    return tuple(files)


def _parse(source: str, raw: bytes) -> Patch:
    mail = email.message_from_bytes(raw)
    raw_subject = _header(mail, "Subject")
    if not raw_subject and b"\ndiff --git " not in b"\n" + raw and b"\n--- " not in b"\n" + raw:
        raise InputRefusedError(f"{source}: not a mail and not a patch",
                                hint="give a mail, an mbox or the output of git format-patch")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        try:
            info = repo.git(None, "mailinfo", "--encoding=UTF-8", str(work / "msg"),
                            str(work / "patch"), stdin=raw, cwd=work).text
        except CommandFailedError as error:
            raise InputRefusedError(
                f"{source}: git cannot read the mail: {one_line(error.tail)}") from None
        message = decode((work / "msg").read_bytes())
        below = (work / "patch").read_bytes()
    fields = dict(line.split(": ", 1) for line in info.splitlines() if ": " in line)
    at = re.search(rb"(?m)^(?:diff --git |--- [^\n]+\n\+\+\+ )", below)
    diff = below[at.start():] if at else b""
    if b"\r\n" in diff:
        diff = diff.replace(b"\r\n", b"\n")
    check_diff(diff, source)
    number, total = _counts(raw_subject)
    return Patch(
        number=number, total=total, subject=one_line(fields.get("Subject", raw_subject), 400),
        author=one_line(fields.get("Author", "")), email=one_line(fields.get("Email", "")),
        date=one_line(fields.get("Date", "")), message=message, diff=diff,
        files=_describe(diff, source) if diff else (), source=source, raw_subject=raw_subject,
        message_id=_header(mail, "Message-Id"),
        notes=decode(below[: at.start()] if at else below))


def _counts(subject: str) -> tuple[int, int]:
    tag = _PREFIX.match(subject)
    match = _COUNT.search(tag.group(1)) if tag else None
    return (int(match.group(1)), int(match.group(2))) if match else (1, 1)


def _assemble(parts: list[Patch], source: str) -> Series:
    """Order the parts, tell the cover letter apart, name what is missing."""
    cover = next((p for p in parts if p.number == 0), None)
    patches = [p for p in parts if p.number > 0 and p.diff]
    if not patches:
        raise InputRefusedError(
            f"{source}: no patch found",
            hint="quoted replies and plain mails hold no patch that could be applied")
    total = max(p.total for p in patches)
    numbers = [p.number for p in patches]
    if total > 1 or len(patches) == 1:
        missing = [str(n) for n in range(1, total + 1) if n not in numbers]
        if missing:
            raise InputRefusedError(f"{source}: patch {', '.join(missing)} of {total} is missing")
        twice = sorted({str(n) for n in numbers if numbers.count(n) > 1})
        if twice:
            raise InputRefusedError(f"{source}: patch {', '.join(twice)} of {total} is there twice")
        patches.sort(key=lambda p: p.number)
    head = cover or patches[0]
    tag = _PREFIX.match(head.raw_subject)
    version = _VERSION.search(tag.group(1)) if tag else None
    return Series(
        title=_PREFIX.sub("", head.raw_subject) or head.subject,
        version=int(version.group(1)) if version else 1,
        patches=tuple(patches), cover=cover.message + cover.notes if cover else "",
        source=source)
