# SPDX-License-Identifier: GPL-2.0-or-later
"""Replay scripts in guests or on this machine's own kernel."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import Machine
from harness.generate import replay
from harness.generate.replay import Case, SubjectModel
from harness.guest import boot
from harness.guest.run import REPLAY, RetryPolicy, run_programs
from harness.model import Splat, Status
from harness.profiles import Profile
from harness.run import workload
from harness.system import proc
from harness.system.sandbox import Sandbox

SILENCE = 8.0  # seconds without an answer until a kernel counts as hung


@dataclass(frozen=True, slots=True)
class Answers:
    """A kernel's answers to some cases."""

    words: dict[int, list[str]]
    splats: tuple[Splat, ...] = ()
    skipped: str = ""  # why it could not even begin


Replayer = Callable[[Sequence[Case]], Answers]


def in_guest(where: boot.Guest, kernel: Path, work: workload.Workload, model: SubjectModel,
             ) -> Replayer:
    """Replays in guests that boot ``kernel``."""

    def run(cases: Sequence[Case]) -> Answers:
        load = boot.Load(work.programs, {model.PROGRAM: replay.render(model, cases)})
        done = run_programs(where, kernel, load, RetryPolicy(
            boots=len(model.KINDS) + 1, retried=frozenset()))
        skips = [t.reason for p in done.outcomes for t in p.children if t.status is Status.SKIP]
        words = replay.answers(done.replayed)
        return Answers(words, done.splats, "" if words or not skips else skips[0])

    return run


def on_host(work: workload.Workload, model: SubjectModel, box: Sandbox, log: Path) -> Replayer:
    """Replays on this machine's own kernel."""
    (program,) = work.programs
    box = replace(box, step_down=False)  # the driver is ours, the device often root's

    def run(cases: Sequence[Case]) -> Answers:
        with tempfile.TemporaryDirectory() as name:
            script = Path(name) / "script"
            script.write_bytes(replay.render(model, cases))
            done = box.run(
                [box.path(program.path, "/driver"), "-t", "600"],
                ro={program.path: "/driver", script: f"/data/{model.PROGRAM}"},
                inside={"devices": ("/dev/kvm",)},
                env={**proc.base_env(), "REPLAY": str(script)}, ok=None, timeout=700, log=log,
                keep=256 << 20)
        lines = done.text.splitlines()
        skips = [text.partition("# SKIP ")[2] for text in lines if "# SKIP " in text]
        return Answers(replay.answers(t.removeprefix(REPLAY) for t in lines
                                      if t.startswith(REPLAY)),
                       skipped=skips[0] if skips else "")

    return run


def driver(profile: Profile, box: Sandbox, out: Path, machine: Machine | None = None,
           ) -> workload.Workload:
    """The profile's driver alone, compiled against the host's headers."""
    model = replay.load_model(profile)
    work = workload.prepare(profile, None, out / "programs" / profile.name, box,
                            log=out / "log", operations=0, machine=machine)
    return work.only(model.PROGRAM)


def patient(where: boot.Guest) -> boot.Guest:
    """A guest that may take its time, but not be silent."""
    return replace(where, test_timeout=600.0, run_timeout=900.0, silence=SILENCE)
