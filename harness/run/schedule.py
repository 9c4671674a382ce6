# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a row of stages, those that need nothing of one another at the same time.

Each stage is a function that takes the run's state and returns the next one. Results of stages
that ran at the same time are merged in the order of the row: the same run gives the same report,
whichever stage ended first.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from harness.errors import HarnessError, InputRefusedError
from harness.evidence import plural
from harness.model import Finding, Severity, StageResult, Status
from harness.run.state import NotRunError, SkippedStage, State
from harness.system import proc

LANES = 3  # the work is done by children: two cores are busy, and one lane waits
# tuples that stages append to
_ADDED = ("findings", "notices", "not_run", "unread", "stages", "bugs", "compiled", "unbuilt")


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of ``pipeline.STAGES``.

    ``needs`` are the fields that must be there before it can run. ``after`` names the stages
    that must have ended, well or not; None: all that stand above it.
    """

    name: str
    run: Callable[[State], State]
    needs: tuple[str, ...] = ()
    makes: str = ""  # the field whose absence afterwards means that the stage failed
    after: tuple[str, ...] | None = None


class StageFailedError(Exception):
    """A stage ended the run; carries what was known until then."""

    def __init__(self, state: State, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.state = state
        self.cause = cause


def _step(state: State, stage: Stage, makers: dict[str, str], began: float) -> State:
    """Run one stage and record what became of it; ``began`` is when the run did."""
    started = time.monotonic()

    def record(after: State, status: Status, reason: str, *, applies: bool = True) -> State:
        now = time.monotonic()
        result = StageResult(stage.name, status, now - started, reason, started - began, applies,
                             cached=stage.name in after.cached)
        _logged(after, f"# {stage.name}: {status}{', cached' if result.cached else ''}"
                       f"{', ' if reason else ''}{reason}\n")
        return replace(after, stages=(*after.stages, result))

    missing = [n for n in stage.needs if not getattr(state, n)]
    if missing:
        status, why = _why_not(state, makers.get(missing[0], missing[0]))
        return record(state, status, why, applies=status is not Status.SKIP)
    state.say(f"{stage.name} ...")
    try:
        after = stage.run(state)
    except SkippedStage as reason:
        after, _ = _taken_in(state, reason.state or state, stage, Status.SKIP)
        return record(after, Status.SKIP, str(reason), applies=reason.applies)
    except NotRunError as reason:
        after, _ = _taken_in(state, reason.state, stage, Status.NOT_RUN)
        return record(after, Status.NOT_RUN, str(reason))
    except (HarnessError, OSError, KeyboardInterrupt, SystemExit) as error:
        text = error.message if isinstance(error, HarnessError) else type(error).__name__
        # It did not end: that is no word about the series, but where that was refused.
        status = Status.FAIL if isinstance(error, InputRefusedError) else Status.NOT_RUN
        raise StageFailedError(record(state, status, text), error) from error
    except Exception as error:  # noqa: BLE001  (a bug of ours: the other stages go on)
        return record(_with_bug(state, stage, error), Status.NOT_RUN, _BUG)
    after, new = _taken_in(state, after, stage)
    failed = any(f.severity is Severity.ERROR for f in new) or (
        stage.makes and not getattr(after, stage.makes))
    return record(after, Status.FAIL if failed else Status.PASS, _counted(new))


def _counted(new: tuple[Finding, ...]) -> str:
    return plural(len(new), "finding") if new else ""


def _taken_in(state: State, after: State, stage: Stage, status: Status | None = None,
              ) -> tuple[State, tuple[Finding, ...]]:
    """The state after a stage within its bounds and by the user's choice, and what it found.

    What an earlier stage has found just so (of single objects, before all are built) is there
    already. ``status``: that of a stage that did not look; only what it found all the same is
    told then.
    """
    known = len(state.findings)
    after = _bounded(after, known, len(state.notices), stage.name)
    new, hidden = state.settings.choice.apply(after.findings[known:])
    there = set(state.findings)
    fresh = tuple(f for f in new if f not in there)
    if state.request.tell is not None and (new or status is None):
        cached = "cached" if stage.name in after.cached else ""
        words = (_counted(new), cached, status.value if status else "")
        state.request.tell(stage.name, fresh, ", ".join(filter(None, words)))
    return replace(after, findings=after.findings[:known] + fresh,
                   notices=after.notices + hidden), new


_BUG = "a bug in harness"
MOST_FINDINGS, MOST_NOTICES = 2000, 500  # of one stage: mails, logs and guests can make any number


def _bounded(state: State, findings: int, notices: int, stage: str) -> State:
    """The state with no more than a stage may add to it, the most serious first; the rest said."""
    new, said = state.findings[findings:], state.notices[notices:]
    if len(new) > MOST_FINDINGS:
        order = list(Severity)
        left = len(new) - MOST_FINDINGS
        new = tuple(sorted(new, key=lambda f: order.index(f.severity)))[:MOST_FINDINGS]
        said = (f"{stage}: at least {left} more findings are left out", *said)
    if len(said) > MOST_NOTICES:
        left = len(said) - MOST_NOTICES
        said = (*said[:MOST_NOTICES], f"{stage}: {left} more notes are left out")
    return replace(state, findings=state.findings[:findings] + new,
                   notices=state.notices[:notices] + said)


def _why_not(state: State, maker: str) -> tuple[Status, str]:
    """Why a stage cannot run whose input ``maker`` did not make."""
    for stage in state.stages:
        if stage.name == maker and stage.status is Status.SKIP:
            return Status.SKIP, stage.reason
    return Status.NOT_RUN, f"{maker} produced no result"


def _logged(state: State, text: str) -> None:
    """Add to the log, which is there even where every command was answered by the cache."""
    state.request.out.mkdir(parents=True, exist_ok=True)
    with state.log.open("a", encoding="utf-8", errors="replace") as log:
        log.write(text)


def _with_bug(state: State, stage: Stage, error: Exception) -> State:
    """The state, with a bug of ours in it and its traceback in the log."""
    _logged(state, f"\n{_BUG}, in the stage {stage.name}:\n"
                   + "".join(traceback.format_exception(error)))
    text = f"{_BUG}, in the stage {stage.name}: {type(error).__name__}: {error}"
    return replace(state, bugs=(*state.bugs, f"{text}; the traceback is in {state.log}"))


def merged(now: State, start: State, end: State) -> State:
    """``now``, with what a stage added that went from ``start`` to ``end`` meanwhile."""
    if now is start:
        return end
    changes = {}
    for name in (f.name for f in dataclasses.fields(State)):
        old, new = getattr(start, name), getattr(end, name)
        if name in _ADDED:
            changes[name] = getattr(now, name) + new[len(old):]
        elif name == "cached":
            changes[name] = now.cached | new
        elif new is not old:
            changes[name] = new
    return replace(now, **changes)


@dataclass
class _Run:
    """A row on its way; ``ended`` has the states before and after a stage, by its index."""

    first: State
    row: Sequence[Stage]
    pool: Executor
    began: float = field(default_factory=time.monotonic)
    ended: dict[int, tuple[State, State]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)
    running: dict[Future[State], tuple[int, State]] = field(default_factory=dict)
    failures: dict[int, BaseException] = field(default_factory=dict)  # by index; -1: Ctrl-C

    @property
    def failure(self) -> BaseException | None:
        """The error that ends the run: of several the first in the order of the row."""
        return self.failures[min(self.failures)] if self.failures else None

    def known(self) -> State:
        """Collect the findings of all finished stages, in the order of the row."""
        state = self.first
        for index in sorted(self.ended):
            state = merged(state, *self.ended[index])
        return state

    def ready(self, index: int) -> bool:
        """Whether everything has ended that this stage comes after."""
        after = self.row[index].after
        return all(s.name in self.finished for s in self.row[:index]
                   if after is None or s.name in after)

    def begin(self, index: int) -> None:
        """Run a stage: beside others in the pool, alone right here, where Ctrl-C arrives."""
        self.waiting.remove(index)
        start, stage = self.known(), self.row[index]
        makers = {s.makes: s.name for s in self.row}
        step = functools.partial(_step, start, stage, makers, self.began)
        if stage.after is not None:
            self.running[self.pool.submit(step)] = (index, start)
            return
        self.end(index, start, step)
        # Nothing ran beside it: it may have changed what was there.
        self.first, self.ended = self.ended[index][1], {}

    def end(self, index: int, start: State, result: Callable[[], State]) -> None:
        """Take in what became of a stage."""
        self.finished.add(self.row[index].name)
        try:
            self.ended[index] = (start, result())
        except StageFailedError as error:
            self.ended[index] = (start, error.state)
            self.failures[index] = error.cause

    def collect(self) -> None:
        """Wait until one of those that are running ends."""
        finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
        for future in sorted(finished, key=lambda f: self.running[f][0]):
            self.end(*self.running.pop(future), future.result)

    def go(self) -> None:
        """Run until nothing is left, or something failed and nothing is running."""
        while self.waiting or self.running:
            for index in list(self.waiting):
                if self.failure is None and self.ready(index):
                    self.begin(index)
            if self.running:
                self.collect()
            elif self.failure is not None:
                return


def run_row(state: State, row: Sequence[Stage], pool: Executor | None = None) -> State:
    """Run the stages; ``pool`` is where those run that others need not wait for.

    Raises ``StageFailedError`` with what is known when a stage ended the run: nothing more is
    begun then, and what is running ends first. Ctrl-C ends it at once.
    """
    with contextlib.ExitStack() as stack:
        lanes = pool or stack.enter_context(ThreadPoolExecutor(LANES))
        run = _Run(state, row, lanes, waiting=list(range(len(row))))
        try:
            run.go()
        except KeyboardInterrupt as error:
            proc.interrupt_all()
            run.failures[-1] = error
            run.go()
    if run.failure is None:
        return run.known()
    left = tuple(StageResult(s.name, Status.NOT_RUN, 0.0, "the run ended before")
                 for s in row if s.name not in run.finished)
    known = run.known()
    raise StageFailedError(replace(known, stages=known.stages + left), run.failure)
