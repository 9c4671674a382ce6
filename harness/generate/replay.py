# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts for a profile's driver, its answers, and where they leave the model.

A script file is cases: ``case ID KIND MODE`` and the lines of the script. The
driver answers ``ID INDEX WORD...`` for some operations at a time. Cases of the
kind ``probe`` come first; the model finds out from them which kernel it is.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from harness.errors import UsageError
from harness.model import GuestRun, Outcome, Status
from harness.profiles import Profile

PROBE = "probe"
CASE_SIZE = 100  # operations: each case has a machine of its own
_COUNT = re.compile(r"[0-9]{1,9}")
SHARE = 4  # one case in this many is of an unspecified kind


class SubjectModel(Protocol):
    """An executable model of a profile's subject: ``kselftests/<profile>/model.py``.

    A script is lines for the driver ``PROGRAM``, which answers each with one
    word. ``KINDS`` maps a kind of script, which is also a test of the driver, to
    why a difference there is no failure ("": it is one). Traits are what kernels
    may differ in; they are found by probing, never by a version. ``EXPECTATIONS`` are
    what one would expect and no kernel does.
    """

    PROGRAM: str
    KINDS: Mapping[str, str]
    EXPECTATIONS: Mapping[str, str]

    def probes(self) -> tuple[tuple[str, ...], ...]:
        """Scripts whose answers tell the traits."""

    def traits(self, answers: Sequence[Sequence[str]]) -> Any:
        """The traits of the kernel that gave these answers to the probes."""

    def describe(self, found: Any) -> str:
        """Traits in words."""

    def expecting(self, found: Any, name: str) -> Any:
        """The traits of such a kernel that also grants one of ``EXPECTATIONS``."""

    def generate(self, kind: str, seed: int, size: int) -> tuple[str, ...]:
        """A random script of about ``size`` lines; equal arguments, equal script."""

    def mode(self, kind: str, script: Sequence[str]) -> str:
        """A word for the driver on how to run the script."""

    def expect(self, kind: str, script: Sequence[str], found: Any) -> tuple[str, ...]:
        """The answers of a kernel with these traits."""

    def sentences(self, script: Sequence[str], found: Any) -> tuple[str, ...]:
        """The script as steps of a spec."""


@dataclass(frozen=True, slots=True)
class Case:
    """One script; ``number`` is its place in the file."""

    number: int
    kind: str
    script: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between kernel and model: operation ``at`` of ``case``, from 0.

    ``got`` is "" when no answer came: the kernel hung or died there.
    """

    case: Case
    at: int
    expected: str
    got: str

    @property
    def message(self) -> str:
        """One line for a report."""
        what = self.case.script[self.at]
        got = self.got or "no answer"
        return (f"case {self.case.number}, operation {self.at + 1} of "
                f"{len(self.case.script)} ({what}): the model says {self.expected}, "
                f"the kernel {got}")


def load_model(profile: Profile) -> SubjectModel:
    """The profile's model; raises ``UsageError`` when it has none or it does not load."""
    path = profile.model
    if path is None:
        raise UsageError(f"profile {profile.name} has no model")
    name = f"harness_model_{profile.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"{path}: no such model")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return cast("SubjectModel", module)


def probes(model: SubjectModel) -> tuple[Case, ...]:
    """The cases that tell one kernel from another."""
    return tuple(Case(n, PROBE, script) for n, script in enumerate(model.probes()))


def random_cases(model: SubjectModel, seed: int, operations: int, start: int) -> tuple[Case, ...]:
    """Cases of all kinds with about ``operations`` operations, numbered from ``start``.

    Case k of a seed is the same whatever the number of operations.
    """
    kinds = list(model.KINDS)
    rare = [k for k in kinds if model.KINDS[k]] or kinds
    usual = [k for k in kinds if not model.KINDS[k]] or kinds
    cases = []
    for n in range(start, start + max(1, operations // CASE_SIZE)):
        kind = rare[n // SHARE % len(rare)] if n % SHARE == 0 else usual[n % len(usual)]
        cases.append(Case(n, kind, model.generate(kind, seed * 1_000_003 + n, CASE_SIZE)))
    return tuple(cases)


def render(model: SubjectModel, cases: Iterable[Case]) -> bytes:
    """The script file."""
    lines: list[str] = []
    for case in cases:
        kind = case.kind if case.kind != PROBE else next(iter(model.KINDS))
        lines += [f"case {case.number} {case.kind} {model.mode(kind, case.script)}", *case.script]
    return ("\n".join(lines) + "\n").encode()


def answers(replayed: Iterable[str]) -> dict[int, list[str]]:
    """The words for each case; a case that was run again is taken anew."""
    found: dict[int, list[str]] = {}
    for line in replayed:
        words = line.split()
        if len(words) < 2 or not all(map(_COUNT.fullmatch, words[:2])):
            continue  # the guest may print anything
        have = found.setdefault(int(words[0]), [])
        del have[int(words[1]):]
        have += words[2:]
    return found


def traits(model: SubjectModel, cases: Iterable[Case], found: Mapping[int, Sequence[str]]) -> Any:
    """Determine a kernel's traits; None when a probe was not answered."""
    asked = [c for c in cases if c.kind == PROBE]
    if any(len(found.get(c.number, ())) != len(c.script) for c in asked):
        return None
    return model.traits([found[c.number] for c in asked])


def differences(model: SubjectModel, cases: Iterable[Case], found: Mapping[int, Sequence[str]],
                kernel: Any) -> Iterator[Difference]:
    """Each case that the kernel answered otherwise than the model, or not to its end."""
    for case in cases:
        if case.kind == PROBE:
            continue
        wanted = model.expect(case.kind, case.script, kernel)
        got = found.get(case.number, ())
        for at, word in enumerate(wanted):
            have = got[at] if at < len(got) else ""
            if have != word:
                yield Difference(case, at, word, have)
                break


def judge(run: GuestRun, model: SubjectModel, cases: tuple[Case, ...]) -> GuestRun:
    """Compare what the driver's tests answered; a test that only ran is no success yet."""
    found = answers(run.replayed)
    kernel = traits(model, cases, found)
    return replace(run, replayed=(), outcomes=tuple(
        _judge_program(p, model, cases, found, kernel) if p.name == model.PROGRAM else p
        for p in run.outcomes))


def _judge_program(program: Outcome, model: SubjectModel, cases: tuple[Case, ...],
                   found: Mapping[int, Sequence[str]], kernel: Any) -> Outcome:
    children = tuple(_judge_test(t, model, [c for c in cases if c.kind == t.name], found, kernel)
                     for t in program.children)
    worst = next((c.status for c in children if c.status is not Status.PASS), Status.PASS)
    return replace(program, status=worst, children=children)


def _judge_test(test: Outcome, model: SubjectModel, cases: list[Case],
                found: Mapping[int, Sequence[str]], kernel: Any) -> Outcome:
    if test.status is not Status.PASS:
        return test
    if kernel is None:
        return replace(test, status=Status.FAIL, reason="the probes were not answered")
    first = next(differences(model, cases, found, kernel), None)
    operations = sum(len(c.script) for c in cases)
    if first is None:
        return replace(test, reason=f"{operations} operations as in the model "
                                    f"({model.describe(kernel)})")
    lines = "\n".join((f"model for: {model.describe(kernel)}", first.message, "the script:",
                       *first.case.script[: first.at + 1]))
    reason = model.KINDS.get(test.name, "")
    return replace(test, status=Status.XFAIL if reason else Status.FAIL,
                   reason=f"{first.message}" + (f" ({reason})" if reason else ""), log=lines)


def smaller(script: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Scripts with a part left out, the smallest first (delta debugging)."""
    size = len(script)
    part = size - 1
    while part:
        for at in range(0, size - part + 1, max(1, part // 2)):
            yield script[:at] + script[at + part:]
        part = part // 2 if part > 3 else part - 1
