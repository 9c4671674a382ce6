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

DATA = Path(__file__).parent / "data"
# What each rule of a profile says of itself, in its TOML
RULE_TEXT = 'summary = "it is so"\nwhy = "w"\nfix = "f"\nbad = "b"\ngood = "g"\n'
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


def thread(patches=20, replies=20, lines=250):
    """An mbox as lore gives it: two versions of a series, each patch with many replies."""
    out = []

    def mail(name, subject, sender, body, parent=""):
        above = f"In-Reply-To: <{parent}@x.org>\nReferences: <{parent}@x.org>\n" if parent else ""
        out.append(f"From mboxrd@z Thu Jan  1 00:00:00 1970\nReceived: {'by here ' * 8}\n"
                   f"From: {sender}\nTo: kvm@vger.kernel.org\nSubject: {subject}\n"
                   f"Date: Tue, 6 Jan 2026 10:00:00 +0000\nMessage-ID: <{name}@x.org>\n{above}"
                   f"\n{body}\n")

    for v in (1, 2):
        mail(f"v{v}-0", f"[PATCH v{v} 0/{patches}] toy: All", "A <a@x.org>", "Cover\n")
        for n in range(1, patches + 1):
            subject = f"[PATCH v{v} {n}/{patches}] toy: Do {n}"
            diff = (f"diff --git a/f{n}.c b/f{n}.c\n--- a/f{n}.c\n+++ b/f{n}.c\n"
                    f"@@ -1,{lines} +1,{2 * lines} @@\n"
                    + "".join(f" int a{i};\n+int v{v}b{i};\n" for i in range(lines)))
            mail(f"v{v}-{n}", subject, "A <a@x.org>",
                 f"Because.\n\nSigned-off-by: A <a@x.org>\n---\n\n{diff}-- \n2.39\n", f"v{v}-0")
            quoted = "".join(f"> {t}\n" for t in diff.splitlines())
            for r in range(replies // 2):
                up = f"v{v}-{n}" if r < 2 else f"r{v}-{n}-{r - 1}"
                mail(f"r{v}-{n}-{r}", f"Re: {subject}", f"R{r} <r{r}@x.org>", quoted
                     + f"Why?\n\nReviewed-by: R{r} <r{r}@x.org>\n", up)
    return "".join(out).encode()


def driven(compiler, steps):
    """What a generator of compilations returns, where ``compiler.run`` answers each of them."""
    try:
        jobs = next(steps)
        while True:
            jobs = steps.send([compiler.run(j.source, *j.extra, keep=j.keep) for j in jobs])
    except StopIteration as end:
        return end.value
