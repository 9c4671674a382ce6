# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of uses that were tried in a program that ran (``trials``). Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from harness.model import Finding, HeaderApi, Severity
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.uses import OUR

VALUE, SIZE = "for its value", "for its size"
_USUAL = (VALUE, "as a statement")
_RARE = frozenset({VALUE, "on the left of =", SIZE})
_RUN = frozenset({VALUE, "as a statement", "beside a text", "behind a struct"})
_NUMBER = re.compile(r"(?:unsigned |signed |long |short |int |char |_Bool )+@")
OWN = f"struct {OUR}own_fields"  # what a macro is for that says fields of no struct of the header


@dataclass(frozen=True, slots=True)
class Trial:
    """One use: of which name, in which form, in words, and the line of C that does it.

    ``kind`` is the struct that it is tried with, "" for none.
    """

    name: str
    form: str
    call: str
    code: str
    kind: str


def plain(words: str) -> str:
    """Words without our own names."""
    return words.replace(OWN, "struct of the program").replace(f"{OUR}data.", "")


Told = tuple[HeaderApi, HeaderContext]  # of the new version


def broken(trials: list[Trial], good: Collection[str], bad: dict[str, str], compiler: Compiler,
            told: Told) -> Iterator[Finding]:
    """Forms in which every use that compiled does not any more, one for each name."""
    stays = {(trials[int(n)].name, _group(trials[int(n)].form)) for n in good if n not in bad}
    values, seen = _with_values(trials, good), set[str]()
    for number, text in bad.items():
        trial = trials[int(number)]
        form = _group(trial.form)
        if (trial.name, form) not in stays and trial.name not in seen and not (
                trial.form == SIZE and trial.call in values):
            seen.add(trial.name)
            found = _finding("uapi-source", trial.name, f"{trial.call} {trial.form} no longer "
                             f"compiles: {plain(text)}", f"{compiler.words}: {plain(text)}",
                             told)
            # Others use it for what it still can; and a pointer that is none any more says little.
            rare = (form in _RARE and any((trial.name, other) in stays for other in _USUAL)) or (
                form == "as a pointer" and "incompatible pointer type" not in text)
            yield replace(found, severity=Severity.WARNING) if rare else found


def others(trials: list[Trial], kept: Collection[str],
            said: tuple[list[str], list[str], list[str]], seen: set[str], told: Told,
            ) -> Iterator[Finding]:
    """Uses that do something else than before, one for each name."""
    if len({len(rows) for rows in said}) != 1 or len(said[0]) != len(kept):
        return  # a program that was not made, or did not end
    values = _with_values(trials, kept)
    same = _as_before(trials, kept, said)
    for number, before, again, after in zip(kept, *said, strict=True):
        trial = trials[int(number)]
        if before != again or before == after or f"{trial.name} text" in seen or (
                trial.form == SIZE and trial.call in values) or "crash" in {before, after} or (
                trial.kind and any(one == trial.name for one, _ in same)):
            continue  # another one each time, the same, a value's type, or a bad argument
        seen.add(f"{trial.name} text")
        one, two = next(((a, b) for a, b in zip(
            before.split(";"), after.split(";"), strict=False) if a != b), (before, after))
        one, two = (plain(row.partition("|")[0]).strip() for row in (one, two))
        what = "something else is written" if one == two else (
            "other bytes" if one.startswith("#") and two.startswith("#")
            else f"{one or 'nothing'} -> {two or 'nothing'}")
        found = _finding("uapi-value", trial.name, f"{trial.call} {trial.form}: {what}: old "
                         "binaries have the old text", f"{one} -> {two}", told)
        yield found if _usual(trials, kept, said, trial) else replace(
            found, severity=Severity.WARNING)


def _usual(trials: list[Trial], kept: Collection[str],
           said: tuple[list[str], list[str], list[str]], trial: Trial) -> bool:
    """Whether most results of a use differ, and in more than how they say yes.

    Few differ where what is odd is treated otherwise: numbers that are too large, or negative.
    Of initialisers all have to: the same one may be for another struct.
    """
    first = trial.form.startswith("as an initialiser")
    rows = [(one.partition("|")[0].strip() or one, two.partition("|")[0].strip() or two)
            for n, before, after in zip(kept, said[0], said[2], strict=True)
            if (trials[int(n)].name, _group(trials[int(n)].form)) == (
                trial.name, _group(trial.form)) and (first or trials[int(n)].call == trial.call)
            for one, two in zip(before.split(";"), after.split(";"), strict=False) if one.strip()]
    differ = [row for row in rows if row[0] != row[1]]
    if first:
        return len(differ) == len(rows)
    sides = tuple(zip(*differ, strict=True))
    truth = len(sides) == 2 and any(
        set(side) <= {"0", "1"} and len(set(other)) > 1 for side, other in (sides, sides[::-1]))
    return len(differ) * 2 > len(rows) and not (
        truth and all((one == "0") == (two == "0") for one, two in rows))


def the_same(trials: list[Trial], kept: Collection[str],
              said: tuple[list[str], list[str], list[str]], told: Told) -> Iterator[Finding]:
    """Names whose uses ran, and all did the same."""
    count = Counter[str]()
    for number, before, after in zip(kept, said[0], said[2], strict=False):
        trial = trials[int(number)]
        if trial.form in _RUN and before == after and before != "crash":
            count[trial.name] += before.count(";")
    new = told[0]
    for name, times in count.items():
        # Of structs too much can be in them that nobody tried, and of macros the type counts.
        if times and name in new.functions and all(
                _NUMBER.fullmatch(p) for p in new.functions[name].parameters):
            found = _finding("uapi-macro", name, f"{name}: it is written otherwise, and did the "
                             f"same in {times} trials", f"{times} trials", told)
            yield replace(found, severity=Severity.NOTE)


def _as_before(trials: list[Trial], kept: Collection[str],
               said: tuple[list[str], list[str], list[str]]) -> set[tuple[str, str]]:
    """Names, with the structs of which every use does the same: it is for one of these."""
    rows = [(trials[int(n)], before == after)
            for n, before, after in zip(kept, said[0], said[2], strict=True)]
    every = {(t.name, t.kind) for t, _ in rows if t.kind and t.form != SIZE}
    return every - {(t.name, t.kind) for t, is_same in rows if not is_same}


def _group(form: str) -> str:
    """A form, all initialisers and all pointers being one."""
    return next((one for one in ("as an initialiser", "as a pointer") if form.startswith(one)),
                form)


def _with_values(trials: list[Trial], numbers: Collection[str]) -> set[str]:
    """The calls that have a value: what the others of their uses say of a size is its type's."""
    return {trials[int(n)].call for n in numbers if trials[int(n)].form == VALUE}


def _finding(rule: str, name: str, message: str, evidence: str, told: Told) -> Finding:
    new, context = told
    line = new.functions[name].line if name in new.functions else new.lines.get(name, 0)
    return Finding(rule, Severity.ERROR, message, where=context.where(line), evidence=evidence,
                   subject=f"{name} text", abis=(context.abi,))
