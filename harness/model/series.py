# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches, series, trees, and applied series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PatchFile:
    """One file that a patch touches; paths are relative to the tree."""

    path: str
    old_path: str
    added: int
    removed: int
    new: bool = False
    deleted: bool = False
    binary: bool = False
    added_lines: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
    """Damage that a mailer did to a patch; ``fatal`` when it cannot be applied like that.

    ``kind`` is one of: hunk, wrapped, message-diff, no-prefix (these are fatal), blanks,
    diffstat, disagreement, repair (what --repair did), flowed (format=flowed was undone) and mail
    (how else it was read).
    """

    kind: str
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a series, split by ``git mailinfo``.

    ``number`` counts from 1; ``diff`` is the raw text handed to git.
    """

    number: int
    total: int
    subject: str
    author: str
    email: str
    date: str
    message: str
    diff: bytes
    files: tuple[PatchFile, ...]
    source: str
    raw_subject: str = ""
    message_id: str = ""
    notes: str = ""
    damage: tuple[Damage, ...] = ()
    recipients: tuple[str, ...] = ()  # addresses of To and Cc, in lower case
    placed: bytes = b""  # the diff with the line numbers of the tree, where git had to move it

    @property
    def shown(self) -> bytes:
        """The diff whose line numbers are those of findings."""
        return self.placed or self.diff

    def as_mail(self) -> bytes:
        """The patch as ``git format-patch`` would write it, for git am and checkpatch."""
        head = (f"From: {self.author or 'unknown'} <{self.email}>\nDate: {self.date}\n"
                f"Subject: [PATCH {self.number}/{self.total}] {self.subject}\n"
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                "Content-Transfer-Encoding: 8bit\n\n")
        text = f"{head}{self.message.rstrip()}\n---\n\n".encode("utf-8", "surrogateescape")
        return text + self.diff.rstrip(b"\n") + b"\n"


@dataclass(frozen=True, slots=True)
class Series:
    """A patch series in the order in which it applies.

    ``base_commit`` and ``prerequisites`` (patch ids) are what its own mails say.
    """

    title: str
    version: int
    patches: tuple[Patch, ...]
    cover: str = ""
    source: str = ""
    base_commit: str = ""
    prerequisites: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()  # how it was understood, what was left out
    answers: bool = False  # a mail that is not here: a cover letter may be there

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that any patch touches, sorted, each once."""
        return tuple(sorted({f.path for p in self.patches for f in p.files}))

    def last_to_touch(self, path: str) -> int:
        """The number of the patch to which a finding about a file belongs; 0 when none does."""
        return max((p.number for p in self.patches if any(f.path == path for f in p.files)),
                   default=0)


@dataclass(frozen=True, slots=True)
class Tree:
    """A kernel tree: a commit in a bare repository of our own."""

    name: str
    repo: Path
    commit: str
    origin: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A series as commits on a base, made without any checkout."""

    tree: Tree
    base: str
    commits: tuple[str, ...]
    notices: tuple[str, ...] = ()  # what git had to move

    @property
    def head(self) -> str:
        """The commit after the last patch."""
        return self.commits[-1] if self.commits else self.base
