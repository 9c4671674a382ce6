# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts of replies in a maildir: written, never sent from here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from harness.errors import InfrastructureError
from harness.model import Report, Severity
from harness.report import kcidb, mail

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


def write(box: Path, key: str, report: Report) -> Path:
    """Put a draft into the maildir ``box``; it is there whole or not at all, and once."""
    for sub in ("tmp", "new", "cur"):
        (box / sub).mkdir(parents=True, exist_ok=True)
    name = f"{key}.harness"
    (box / "tmp" / name).write_text(mail.render(report), "utf-8", errors="replace")
    return (box / "tmp" / name).replace(box / "new" / name)
