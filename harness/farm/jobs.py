# SPDX-License-Identifier: GPL-2.0-or-later
"""One job: a series and what is asked of it -> a report, in a process of its own.

A job is what its ``Spec`` says and nothing else, so its key is the hash of that: the same job is
not done twice, wherever it was done first.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import __version__, settings, trees
from harness.clean import decode, one_line
from harness.errors import DeadlineError, HarnessError, InterruptedRunError
from harness.model import Report, Severity
from harness.report import json_, load, summary
from harness.system import proc

BASE = "base"  # the level of a job without a series, that looks at a tree
LEVELS = {"lint": ("lint",), "uapi": ("lint", "--headers"), "check": ("check",)}
_COMMANDS = {**LEVELS, BASE: ("check", "--base-only")}
_SECONDS = {"lint": 600.0, "uapi": 1800.0, "check": 4 * 3600.0, BASE: 4 * 3600.0}
_REFUSED, _TROUBLE, WRONG_USE = 3, 5, 2
NOTHING = "nothing"  # the level of jobs that do nothing: what a farm costs by itself
KILLED = "killed"  # the verdict of a job whose process was ended
PATCHES, RUN = "series", "run"  # below a job's folder


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked: at which level, on which trees (the first to which it applies).

    ``commits`` are those of the trees, where they have to be just these. ``topic`` is the folder
    of a series that comes with the harness (below patches/), which has ports for several trees.
    ``unsteady`` are tests that do not end alike on the tree, and what was seen of each.
    """

    series: str
    level: str
    trees: tuple[str, ...] = ()
    version: str = __version__
    commits: tuple[str, ...] = ()
    flavour: str = ""
    arches: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    topic: str = ""
    unsteady: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The hash of all that is asked."""
        return hashlib.sha256(self.json.encode()).hexdigest()[:32]

    @property
    def json(self) -> str:
        """As one line of JSON."""
        row = asdict(self)
        if not self.unsteady:  # as before there were any: a job is known by this
            del row["unsteady"]
        return json.dumps(row, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Spec:
        """What ``json`` wrote."""
        row = json.loads(text)
        return cls(row["series"], row["level"], tuple(row["trees"]), row["version"],
                   tuple(row.get("commits", ())), row.get("flavour", ""),
                   tuple(row.get("arches", ())), tuple(row.get("suites", ())),
                   row.get("topic", ""),
                   tuple((str(name), str(seen)) for name, seen in row.get("unsteady", ())))

    @property
    def options(self) -> list[str]:
        """What the command line gets besides."""
        return [*(["--flavour", self.flavour] if self.flavour else []),
                *(w for a in self.arches for w in ("--arch", a)),
                *(w for s in self.suites for w in ("--suite", s))]


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended. ``code`` is that of the command line; ``again``: it is to be repeated."""

    code: int
    verdict: str
    words: str
    errors: int = 0
    warnings: int = 0
    tree: str = ""
    again: bool = False
    stopped: bool = False


def report_of(folder: Path) -> Report | None:
    """The report that a job left in its folder; None where there is none."""
    try:
        return load.read(folder / RUN / json_.NAME)
    except HarnessError:
        return None


def prepare(folder: Path, mails: Sequence[bytes]) -> None:
    """Write the mails of a series into a job's folder, each as a file."""
    shutil.rmtree(folder / PATCHES, ignore_errors=True)
    (folder / PATCHES).mkdir(parents=True)
    for number, data in enumerate(mails):
        (folder / PATCHES / f"{number:04d}.eml").write_bytes(data)


def perform(spec: Spec, folder: Path, extra: Sequence[str] = (),
            stop_when: Callable[[], str] | None = None) -> Result:
    """Do a job whose mails lie in ``folder``; what it leaves behind lies there too."""
    if spec.level == NOTHING:
        return Result(0, "pass", "")
    result = Result(_TROUBLE, "infrastructure", "it was not tried", again=True)
    for number, tree in enumerate(spec.trees or ("",)):
        if wrong := _elsewhere(tree, "".join(spec.commits[number:number + 1]), extra):
            return wrong
        shutil.rmtree(folder / RUN, ignore_errors=True)
        series = settings.ROOT / "patches" / spec.topic if spec.topic else folder / PATCHES
        argv = [*_dying(), sys.executable, "-P", "-m", "harness", *_COMMANDS[spec.level],
                *([str(series)] if spec.level != BASE else []),
                "--out", str(folder / RUN), "--json", "--quiet",
                *(["--tree", tree] if tree else []), *spec.options, *_unsteady(spec, folder),
                *extra]
        try:
            done = proc.run(argv, env=_environment(os.environ), ok=None,
                            timeout=_SECONDS[spec.level], log=folder / "log",
                            stop_when=stop_when, name=f"harness {spec.level}")
        except InterruptedRunError:
            return Result(130, "interrupted", "", stopped=True)
        except (HarnessError, OSError) as error:
            return Result(_TROUBLE, "infrastructure", one_line(str(error), 300), again=True)
        if done.why and not done.timed_out:
            return Result(130, "interrupted", done.why, stopped=True)
        result = _result(done, folder, tree)
        if result.code != _REFUSED:
            break
    return result


def _unsteady(spec: Spec, folder: Path) -> list[str]:
    """The option that names the tests that blame nobody, with their file written."""
    if not spec.unsteady:
        return []
    path = folder / "unsteady.json"
    path.write_text(json.dumps(dict(spec.unsteady)), "utf-8")
    return ["--unsteady", str(path)]


def _elsewhere(tree: str, commit: str, extra: Sequence[str]) -> Result | None:
    """Why a tree of this machine is not the one that is meant; None where it is."""
    if not commit:
        return None
    flags = {"cache": Path(extra[extra.index("--cache") + 1])} if "--cache" in extra else {}
    try:
        here = trees.obtain(tree, settings.load(flags, os.environ).cache, lambda _: None).commit
    except (HarnessError, OSError) as error:
        return Result(_TROUBLE, "infrastructure", one_line(str(error), 300), tree=tree, again=True)
    return None if here == commit else Result(
        _TROUBLE, "infrastructure", f"{tree} is at {here[:12]} here, {commit[:12]} is wanted",
        tree=tree, again=True)


def _dying() -> list[str]:
    """What lets a child end with whoever started it, killed or not (util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    """The user's, without what would choose another series, and without colours."""
    return {k: v for k, v in env.items() if k != "FORCE_COLOR"} | {"NO_COLOR": "1"}


def _result(done: proc.Done, folder: Path, tree: str) -> Result:
    def plain(text: str) -> str:  # where it lies here is nobody's business
        return one_line(text.replace(f"{folder / PATCHES}: ", ""), 300)
    if done.timed_out:
        return Result(_TROUBLE, "infrastructure", str(DeadlineError(done.why)), tree=tree,
                      again=True)
    code = done.returncode
    lines = decode(done.stderr).strip().splitlines()[-2:]
    said = next((t for t in lines if ": error: " in t), lines[0] if lines else "")
    words = plain(said.removeprefix("harness: "))
    report = report_of(folder)
    if report is None:
        if code == _REFUSED:
            return Result(code, "refused", words, tree=tree)
        if code == WRONG_USE:  # it will be no other the next time
            return Result(code, "infrastructure", words, tree=tree)
        killed = code < 0 or code > 128
        return Result(code, KILLED if killed else "infrastructure", words or f"code {code}",
                      tree=tree, again=True)
    counts = {s: sum(f.severity is s for f in report.findings) for s in Severity}
    return Result(code, report.verdict.value, plain(report.ended or summary.verdict(report)),
                  counts[Severity.ERROR], counts[Severity.WARNING], tree,
                  again=code not in {0, 1, 3, 4})
