# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings: a rule, a severity, a place and the evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from harness.arch import NATIVE
from harness.clean import clean


class Severity(StrEnum):
    """The severity of a finding; by default only ``ERROR`` fails a run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Location:
    """A place: a line of a file, the whole of it (line 0), or a test by its name."""

    path: str = ""
    line: int = 0
    test: str = ""

    def __bool__(self) -> bool:
        """Whether it is anywhere."""
        return bool(self.path or self.test)

    def __str__(self) -> str:
        return self.test or (f"{self.path}:{self.line}" if self.line else self.path)


NOWHERE = Location()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or worth knowing, with its evidence.

    ``subject`` is what the id is made of, so that it stays the same when lines move. ``abis``
    are those in which it was found, where that makes a difference.
    """

    rule: str
    severity: Severity
    message: str
    where: Location = NOWHERE
    evidence: str = ""
    patch: int = 0
    subject: str = ""
    abis: tuple[str, ...] = ()
    struct: str = ""  # the type that it is about, with its keyword: struct kvm_run
    member: str = ""  # of it
    inferred: str = ""  # the part of the series, rebuilt and not as posted, that it is about

    @property
    def tag(self) -> str:
        """The name of the type, without its keyword."""
        return self.struct.rpartition(" ")[2]

    @property
    def text(self) -> str:
        """The message, with the ABIs that it is about."""
        return f"{self.message} ({', '.join(self.abis)})" if self.abis else self.message

    @property
    def id(self) -> str:
        """Stable from run to run and in every format."""
        # Of what is shown: so a report that was read back has the same ids.
        subject = clean(self.subject or str(self.where) or self.message)
        if self.abis and self.abis[0] != NATIVE[0].name:
            subject = f"{self.abis[0]} {subject}"
        text = f"{self.rule}\0{subject}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.rule}-{digest[:8]}"
