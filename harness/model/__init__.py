# SPDX-License-Identifier: GPL-2.0-or-later
"""The plain types that travel from stage to stage. The standard library and ``clean`` only.

All are frozen and slotted; collections are tuples. Nothing here does I/O.
"""

from harness.model.finding import NOWHERE, Finding, Location, Severity
from harness.model.header import Difference, Function, HeaderApi, Member, StructLayout
from harness.model.kernel import Kconfig, KernelImage, Program, Sources
from harness.model.outcome import (
    BAD,
    BOOT_TEST,
    ENDED,
    GOOD,
    Change,
    ChangeKind,
    GuestRun,
    Measurement,
    Outcome,
    Splat,
    Status,
)
from harness.model.report import Offer, Report, Say, StageResult, Suite, Verdict
from harness.model.series import Applied, Damage, Patch, PatchFile, Series, Tree

__all__ = [
    "BAD",
    "BOOT_TEST",
    "ENDED",
    "GOOD",
    "NOWHERE",
    "Applied",
    "Change",
    "ChangeKind",
    "Damage",
    "Difference",
    "Finding",
    "Function",
    "GuestRun",
    "HeaderApi",
    "Kconfig",
    "KernelImage",
    "Location",
    "Measurement",
    "Member",
    "Offer",
    "Outcome",
    "Patch",
    "PatchFile",
    "Program",
    "Report",
    "Say",
    "Series",
    "Severity",
    "Sources",
    "Splat",
    "StageResult",
    "Status",
    "StructLayout",
    "Suite",
    "Tree",
    "Verdict",
]
