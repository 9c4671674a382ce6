# SPDX-License-Identifier: GPL-2.0-or-later
"""Uses of the old header, tried on both versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from harness.uapi.batch import CompileResult, Job
from harness.uapi.dialects import CPLUSPLUS, FIRST, Dialect, Pair
from harness.uapi.numbers import USUAL
from harness.uapi.steps import Steps, drive, surviving
from harness.uapi.uses import Broken, Use


def broken_by(asked: Iterable[tuple[list[Use], Dialect]], header: str, pair: Pair,
              known: Collection[str] = ()) -> list[Broken]:
    """What the new header breaks of uses in some dialects.

    What is broken in the first dialect of a language is not asked in others. ``known`` are the
    dialects, by name, in which the new header compiles.
    """
    rows = list(asked)
    found = list[Broken]()
    for leading in (True, False):
        stopped = {(b.use, _is_cplusplus(b.command.partition(" ")[0]))
                   for b in found if not b.warning}
        done = drive(*(broken_in([u for u in uses if (u, _is_cplusplus(d.program)) not in stopped],
                                 header, pair, d, sound=d.name in known)
                       for uses, d in rows if (d in {FIRST, CPLUSPLUS}) is leading))
        found += [b for part in done for b in part]
    return found


def _is_cplusplus(program: str) -> bool:
    return program.endswith("++")


def broken_in(uses: list[Use], header: str, pair: Pair, dialect: Dialect, *, sound: bool = False,
              ) -> Steps[list[Broken]]:
    """Compile uses against both headers in one dialect; report what only the new one breaks.

    ``sound``: the new header is known to compile by itself.
    """
    if not uses:
        return []
    before, after = dialect.use(pair[0]), dialect.use(pair[1])
    if _is_cplusplus(dialect.program):
        uses = [u for u in uses if not u.c_alone]
    head = before.include(header) + USUAL
    lines = {str(n): u.code for n, u in enumerate(uses)}
    grade = "-Wall" if dialect == FIRST else "-w"
    source = _source(head, lines.values())
    (now,) = yield [Job(after, source, ("-fsyntax-only", grade))]
    if now.ok and not any(s.file == "t.c" for s in now.said):
        return []
    then, *alone = yield [Job(before, source, ("-fsyntax-only", grade)),
                          *([] if sound else [Job(after, after.include(header),
                                                  ("-fsyntax-only", "-w"))])]
    if not all(one.ok for one in alone):
        return []  # the header itself: that is told once, and not of each of its names
    done = [then, now]
    start, still, broken = head.count("\n") + 1, list(lines), list[Broken]()
    wrong = _wrong(now, start)
    if wrong and wrong <= _wrong(then, start):  # what neither takes; is that all?
        rest = _source(head, (u.code for n, u in enumerate(uses) if n not in wrong))
        (left,) = yield [Job(after, rest, ("-fsyntax-only", grade))]
        if left.ok and not any(s.file == "t.c" for s in left.said):
            return []
    if not all(one.ok for one in done):
        good, _ = yield from surviving(before, head, lines, first=done[0])
        kept, bad = yield from surviving(after, head, good,
                                         first=done[1] if len(good) == len(lines) else None)
        still = list(kept)
        broken = [Broken(uses[int(n)], text, after.words, warning=False)
                  for n, text in bad.items()]
        if dialect == FIRST:
            source = _source(head, kept.values())
            done = yield [Job(c, source, ("-fsyntax-only", "-Wall")) for c in (before, after)]
    return broken + _new_warnings(uses, still, start, done, after.words)


def _source(head: str, lines: Iterable[str]) -> str:
    return head + "".join(f"{line}\n" for line in lines)


def _wrong(done: CompileResult, start: int) -> set[int]:
    """The lines behind ``start`` that errors name, from 0."""
    return {s.source - start for s in done.said if s.grade != "warning" and s.source >= start}


# Warnings of gcc that are errors since gcc 14 (its porting guide), and of clang since 16.
_ERRORS_TODAY = ("-Wincompatible-pointer-types]", "-Wint-conversion]")


def _new_warnings(uses: list[Use], names: list[str], start: int, done: list[CompileResult],
                  words: str) -> list[Broken]:
    """Warnings of -Wall about the same line that only the new header causes."""
    old, new = ({names[s.line - start]: s for s in one.said
                 if s.file == "t.c" and s.grade == "warning" and 0 <= s.line - start < len(names)}
                for one in done)
    return [Broken(uses[int(n)], s.text,
                   f"{words}, an error since gcc 14" if s.text.endswith(_ERRORS_TODAY)
                   else f"{words} -Wall -Werror", warning=not s.text.endswith(_ERRORS_TODAY))
            for n, s in new.items() if n not in old]
