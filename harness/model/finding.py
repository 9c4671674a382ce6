# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong, or worth a look."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from harness.clean import clean


class Severity(StrEnum):
    """How much a finding weighs; ``ERROR`` alone fails a run by default."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or worth knowing, with its evidence.

    ``where`` is ``path:line`` or a struct member or a test name; ``subject``
    is what the id is made of, so that it stays the same when lines move.
    """

    rule: str
    severity: Severity
    message: str
    where: str = ""
    evidence: str = ""
    patch: int = 0
    subject: str = ""
    inferred: str = ""  # the part of the series, rebuilt and not as posted, that it is about

    @property
    def id(self) -> str:
        """Stable from run to run and in every format."""
        # Of what is shown: so a report that was read back has the same ids.
        text = f"{self.rule}\0{clean(self.subject or self.where or self.message)}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.rule}-{digest[:8]}"
