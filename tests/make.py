# SPDX-License-Identifier: GPL-2.0-or-later
"""Builders: the smallest thing of each kind, with what a test cares about."""

from pathlib import Path

from harness.model import (
    GuestRun,
    HeaderApi,
    Measurement,
    Member,
    Outcome,
    Patch,
    PatchFile,
    Report,
    Series,
    StageResult,
    Status,
    StructLayout,
    Tree,
    Verdict,
)

DIFF = b"""diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1 +1 @@
-old
+new
"""


def patch(**changes):
    values = {
        "number": 1, "total": 1, "subject": "toy: Do it", "author": "A Developer",
        "email": "a@example.org", "date": "Thu, 1 Jan 2026 00:00:00 +0000",
        "message": "Because.\n\nSigned-off-by: A Developer <a@example.org>\n", "diff": DIFF,
        "files": (PatchFile("a.c", "a.c", 1, 1, added_lines=((1, "new"),)),),
        "source": "a.patch", "raw_subject": "[PATCH] toy: Do it",
    }
    return Patch(**{**values, **changes})


def series(*patches, **changes):
    values = {"title": "toy: Do it", "version": 1, "patches": patches or (patch(),)}
    return Series(**{**values, **changes})


def guest_run(results, measurements=(), splats=()):
    """``results`` maps "program.test" to a status or an Outcome."""
    programs = {}
    for name, status in results.items():
        program, test = name.split(".")
        outcome = status if isinstance(status, Outcome) else Outcome(test, Status(status))
        programs.setdefault(program, []).append(outcome)
    outcomes = tuple(Outcome(p, Status.PASS, children=tuple(c)) for p, c in programs.items())
    return GuestRun(outcomes, tuple(Measurement(*m) for m in measurements), tuple(splats), 1, 1.0,
                    "tcg")


def struct(name, *members, size=16, align=8):
    return StructLayout(name, size, align, tuple(members), 1)


def member(name, offset, size=4, **changes):
    return Member(name, offset, size, changes.pop("type", f"u{size * 8}"), **changes)


def api(*structs, numbers=None, ioctls=(), arity=None, macros=()):
    numbers = numbers or {}
    return HeaderApi(tuple(structs), dict(numbers), frozenset(ioctls), arity or {},
                     frozenset(macros) | frozenset(numbers), dict.fromkeys(numbers, 7))


def report(**changes):
    values = {
        "verdict": Verdict.PASS, "title": "toy: Do it", "series": series(),
        "tree": Tree("toy", Path("/repo"), "c" * 40, "toy 1.0"), "base": "c" * 40,
        "stages": (StageResult("lint", Status.PASS, 0.1),), "findings": (), "changes": (),
        "before": None, "after": None, "reproduce": "./run check", "out": Path("/out"),
    }
    return Report(**{**values, **changes})
