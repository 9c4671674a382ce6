# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts of replies in a maildir: written, and sent only by a program that the user names."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from harness.errors import InfrastructureError, UsageError
from harness.model import Report, Severity
from harness.report import kcidb, mail
from harness.system import proc

_SECONDS = 120.0  # that a program may take to send a mail
_FROM = {"error": {Severity.ERROR}, "warning": {Severity.ERROR, Severity.WARNING},
         "never": set[Severity]()}


def wanted(report: Report, policy: str, known: frozenset[str]) -> bool:
    """Whether there is something to say: a finding of that weight that was not said before.

    ``known`` are the ids of what an earlier version was told.
    """
    return any(f.severity in _FROM[policy] and f.id not in known for f in report.findings)


def ids(report: Report) -> frozenset[str]:
    """The ids of all findings of a report."""
    return frozenset(f.id for f in report.findings)


def documents(place: Path) -> Callable[[tuple[str, ...], Report], None]:
    """What puts a KCIDB document of each report into a folder, whole or not at all.

    Its name is that of the checkout in it, so that none is there twice.
    """
    def keep(_: tuple[str, ...], report: Report) -> None:
        text = kcidb.render(report)
        name = json.loads(text)["checkouts"][0]["id"].rpartition(":")[2]
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / f".{name}.new").write_text(text, "utf-8")
            (place / f".{name}.new").replace(place / f"{name}.json")
        except OSError as error:
            raise InfrastructureError(f"{place}: {error.strerror or error}") from None
    return keep


def sender(command: str) -> Callable[[Path], None]:
    """What hands a draft to a program of the user's, on its standard input.

    One that was taken lies in ``cur`` of the maildir then; what was not stays in ``new``. Raises
    ``UsageError`` for a command that is none.
    """
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--send {command}: {error}") from None
    if not argv or shutil.which(argv[0]) is None:
        raise UsageError(f"--send {command}: no such program")

    def send(draft: Path) -> None:
        proc.run(argv, stdin=draft.read_bytes(), timeout=_SECONDS, merge=True)
        draft.rename(draft.parent.parent / "cur" / f"{draft.name}:2,S")
    return send


def write(box: Path, key: str, report: Report) -> Path:
    """Put a draft into the maildir ``box``; it is there whole or not at all, and once."""
    for sub in ("tmp", "new", "cur"):
        (box / sub).mkdir(parents=True, exist_ok=True)
    name = f"{key}.harness"
    (box / "tmp" / name).write_text(mail.render(report), "utf-8", errors="replace")
    return (box / "tmp" / name).replace(box / "new" / name)
