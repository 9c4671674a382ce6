# SPDX-License-Identifier: GPL-2.0-or-later
"""Random scripts on a real kernel, step by step against a profile's model.

A difference is shrunk to the shortest script that still shows it and written
out as a spec and as the C that becomes of it. The seed repeats the run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.clean import one_line
from harness.errors import InfrastructureError
from harness.generate import generate, language_of, load_spec, replay
from harness.generate.replay import Case, Difference, SubjectModel
from harness.model import Say
from harness.profiles import Profile
from harness.prove.replayers import Replayer
from harness.report.document import Document

SCHEMA_VERSION = 1
BATCH = 20_000  # operations in one guest
ROUNDS = 20  # of shrinking
TRIED = 400  # scripts in one of them
_SPEC = """# SPDX-License-Identifier: GPL-2.0-or-later
about = "{about}"

[[test]]
name = "found_{number}"
says = "{says}"
steps = [
{rows}]
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, as short as it gets."""

    first: Difference
    shortest: Difference
    splat: str = ""
    spec: Path | None = None
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign's parameters; ``expect`` names an expectation that current kernels do not meet."""

    seed: int
    operations: int
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """The result of a campaign; ``kernel`` holds the traits that the model found by probing."""

    seed: int
    operations: int
    seconds: float
    kernel: Any
    found: tuple[Found, ...] = field(default=())
    skipped: str = ""


def campaign(model: SubjectModel, run: Replayer, plan: CampaignPlan, say: Say) -> Campaign:
    """Replay until a difference turns up or all operations are done."""
    seed, operations = plan.seed, plan.operations
    started = time.monotonic()
    probes = replay.probes(model)
    done, number, kernel = 0, len(probes), None
    while done < operations:
        cases = replay.random_cases(model, seed, min(BATCH, operations - done), number)
        got = run((*probes, *cases))
        if got.skipped:
            return Campaign(seed, done, time.monotonic() - started, None, skipped=got.skipped)
        kernel = replay.traits(model, probes, got.words)
        if kernel is None:
            raise InfrastructureError("the kernel did not answer the probes",
                                      hint="see the console and the results below --out")
        if plan.expect:
            kernel = model.expecting(kernel, plan.expect)
        first: dict[str, Difference] = {}
        for difference in replay.differences(model, cases, got.words, kernel):
            first.setdefault(difference.case.kind, difference)
        done += sum(len(c.script) for c in cases)
        number += len(cases)
        rate = done / (time.monotonic() - started) * 60
        say(f"{done} of {operations} operations, {rate:.0f} a minute, "
            f"{len(first)} differences")
        if first:
            found = tuple(shrink(model, run, d, kernel, say) for d in first.values())
            return Campaign(seed, done, time.monotonic() - started, kernel, found)
    return Campaign(seed, done, time.monotonic() - started, kernel)


def shrink(model: SubjectModel, run: Replayer, first: Difference, kernel: Any, say: Say) -> Found:
    """Leave out what is not needed to see a difference: each round is one guest."""
    probes = replay.probes(model)
    best = Difference(replace(first.case, script=first.case.script[: first.at + 1]), first.at,
                      first.expected, first.got)
    splat = ""
    for _ in range(ROUNDS):
        smaller = list(dict.fromkeys(replay.smaller(best.case.script)))[:TRIED]
        cases = [Case(n, best.case.kind, script) for n, script in enumerate(smaller, len(probes))]
        if not cases:
            break
        got = run((*probes, *cases))
        better = next(replay.differences(model, cases, got.words, kernel), None)
        if better is None:
            break
        script = better.case.script[: better.at + 1]
        best = replace(better, case=replace(better.case, script=script))
        splat = got.splats[0].title if got.splats else splat
        say(f"shrunk to {len(script)} operations")
    return Found(first, best, splat)


def write_found(found: Found, steps: Sequence[str], number: int, profile: Profile,
                out: Path) -> Found:
    """Write a difference as a spec, and as the C that becomes of it."""
    target = out / "programs" / profile.name
    spec = out / f"found_{number}.toml"
    says = f"The model says otherwise: {found.shortest.message}"
    says = one_line(says, 400).replace('"', "'").replace("\\", "/")  # what the kernel said is in it
    rows = "".join(f'    "{step}",\n' for step in steps)
    about = f"Found by random scripts, case {found.first.case.number}, and shrunk"
    spec.write_text(_SPEC.format(about=about, number=number, says=says, rows=rows), "utf-8")
    language = language_of(profile)
    target.mkdir(parents=True, exist_ok=True)
    source = target / f"found_{number}.c"
    source.write_text(generate(load_spec(spec), language, profile), "utf-8")
    return replace(found, spec=spec, source=source)


def write_all(result: Campaign, model: SubjectModel, profile: Profile, out: Path) -> Campaign:
    """Write every difference."""
    return replace(result, found=tuple(
        write_found(f, model.sentences(f.shortest.case.script, result.kernel), n, profile, out)
        for n, f in enumerate(result.found, 1)))


def document(result: Campaign, model: SubjectModel, reproduce: str) -> Document:
    """The campaign as plain data."""
    return Document("fuzz", {
        "schema_version": SCHEMA_VERSION,
        "seed": result.seed, "operations": result.operations,
        "seconds": round(result.seconds, 1),
        "operations_per_minute": round(result.operations / max(result.seconds, 0.001) * 60),
        "kernel": model.describe(result.kernel) if result.kernel is not None else "",
        "skipped": result.skipped,
        "differences": [
            {"kind": f.first.case.kind, "may_differ": model.KINDS[f.first.case.kind],
             "case": f.first.case.number, "script": list(f.shortest.case.script),
             "expected": f.shortest.expected, "got": f.shortest.got,
             "says": f.shortest.message, "kernel_said": f.splat,
             "spec": os.fspath(f.spec) if f.spec else None,
             "source": os.fspath(f.source) if f.source else None}
            for f in result.found],
        "reproduce": reproduce,
    }, 4 if result.skipped else int(bool(result.found)))
