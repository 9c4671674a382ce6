# SPDX-License-Identifier: GPL-2.0-or-later
"""``--require executed``: a changed line that no test executes is an error then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.evidence import RUN, FileEvidence, Gap, LineState, Look, Ran, plural, runs
from harness.model import Finding, Location, Severity
from harness.settings import EXECUTED

_SAYS = {Ran.NOT: "nothing executes", Ran.BOOT: "a boot executes, and no test is known to,"}


def asked(words: Iterable[str], files: tuple[FileEvidence, ...], reasons: tuple[str, ...],
          ) -> tuple[tuple[FileEvidence, ...], tuple[Finding, ...]]:
    """The files and the findings, where the user has asked for them; see ``unknown``."""
    if EXECUTED not in words:
        return files, ()
    files = unknown(files, reasons)
    return files, findings(files)


def findings(files: Iterable[FileEvidence]) -> tuple[Finding, ...]:
    """An error for the lines of each file that no test has executed."""
    return tuple(found for file in files for found in _of(file))


def _of(file: FileEvidence) -> Iterator[Finding]:
    for ran, says in _SAYS.items():
        numbers = [line.number for line in file.lines if line.ran is ran]
        if numbers:
            yield Finding(
                "not-executed", Severity.ERROR, f"{says} {plural(len(numbers), 'changed line')} "
                f"of {file.path}: {', '.join(runs(numbers))}",
                where=Location(file.path, numbers[0]), subject=ran.value)


def unknown(files: Iterable[FileEvidence], reasons: tuple[str, ...]) -> tuple[FileEvidence, ...]:
    """The files, with a gap where it is not known of a line whether it ran.

    ``reasons``: why code could not be found in a kernel. A line without an instruction of its own
    is none where that is all there is to say.
    """
    return tuple(_told(file, reasons) for file in files)


def _told(file: FileEvidence, reasons: tuple[str, ...]) -> FileEvidence:
    silent = {Ran.UNASKED} | ({Ran.UNKNOWN} if reasons else set())
    lines = [line for line in file.lines
             if line.state is LineState.COMPILED and line.ran in silent]
    if not lines or file.kind not in RUN:
        return file
    why = reasons[0] if reasons else "no kernel that was booted was asked"
    return replace(file, gaps=(*file.gaps, Gap(
        Look.TESTED, f"whether {plural(len(lines), 'changed line')} ran is not known: {why}")))
