# SPDX-License-Identifier: GPL-2.0-or-later
"""All KUnit suites that are built into a kernel, in one boot where they let it.

They run before init does. Their results are taken from the kernel's log by way of /dev/kmsg,
record by record, and not from the console, where others write too. A suite that the kernel does
not survive is named by the console; those before it have ended there, and those after it run in
guests of their own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import NoBootError, ToolMissingError
from harness.guest import globs, ktap, splat, twice
from harness.guest.boot import KERNEL_LOG, Boot, Guest, Load
from harness.guest.run import blame
from harness.guest.sure import boot_surely
from harness.model import ENDED, GuestRun, Outcome, Splat, Status

LOG = "kernel_log"  # the case that says whether the kernel complained
TOGETHER = "with_the_others"  # the case of a suite that a boot of all suites ended in
PATIENCE = 3  # times as long as another guest may be silent
MOST_ALONE = 80  # guests for single suites, of one kernel
_SUBTEST = re.compile(r"^ {4}# Subtest: (\S.*)$")
_ENDED = re.compile(r"^(?:not )?ok \d+ (?:- )?([^#]+?)\s*(?:#.*)?$")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
SLOW = 5.0  # seconds: a suite that takes longer runs where it is wanted
ROUNDS = 4  # of boots without the suites that the ones before did not survive
EVERY = "*"
_APPEND = "log_buf_len=8M"
NONE = f"{_APPEND} kunit.filter_glob=no-such-suite"  # a boot that runs no suite


def run_suites(guest: Guest, kernel: Path, names: Iterable[str],
               without: frozenset[str] = frozenset(),
               known: twice.Known = frozenset()) -> GuestRun:
    """Run the suites of a kernel but some; ``names`` are those that it should have.

    A program of the result is a suite, its tests are the suite's cases. A suite of which a case
    fails that is not ``known`` to runs a second time, alone. Raises
    ``NoBootError`` when the kernel gives no life sign and no suite was running.
    """
    guest, names = _patient(guest), frozenset(names) - without
    seen = _together(guest, kernel, names, without)
    found, ends = seen.found, seen.ends
    again = [n for n, o in found.items() if twice.surprises(o, known)]
    if len(again) > twice.MOST:
        again = []
    alone = _alone(guest, kernel, [*ends, *again], seen.boots)
    found |= {n: twice.merged(found[n], alone[n]) for n in again}
    found |= {n: _culprit(alone[n], ends[n]) for n in ends}
    if seen.died:
        found |= {n: _whole(n, Status.NOT_RUN, f"the kernel did not get to it: {seen.died.why}")
                  for n in names - found.keys()}
    return GuestRun(tuple(found[n] for n in sorted(found)), (), tuple(seen.splats),
                    seen.boots + len(alone), 0.0, guest.machine.accel)


@dataclass(frozen=True, slots=True)
class Apart:
    """Suites that cost others the boot that they share: seconds, or 0 for one that came to no end.

    ``dead``: those that the kernel did not survive, by themselves either; ``seen``: all.
    """

    slow: tuple[tuple[str, float], ...]
    dead: tuple[str, ...]
    seen: tuple[str, ...]


def apart(guest: Guest, kernel: Path, names: Iterable[str]) -> Apart:
    """Which suites take longer than ``SLOW``, are silent for as long as a boot may be, or crash.

    Nobody waits for them, so that a kernel is asked soon. Raises ``NoBootError``.
    """
    seen = _together(replace(guest, patient=True), kernel, frozenset(names), frozenset())
    slow = {n: 0.0 for n, boot in seen.ends.items() if boot.late} | {
        n: row.seconds for n, row in seen.found.items() if row.seconds > SLOW}
    ends = [n for n, boot in seen.ends.items() if not boot.late]
    dead = [n for n, row in _alone(_patient(guest), kernel, ends, seen.boots).items()
            if any(t.status in ENDED for t in row.children)]
    return Apart(tuple(sorted(slow.items())), tuple(sorted(dead)),
                 tuple(sorted({*seen.found, *seen.ends})))


@dataclass
class _Seen:
    """Suites that ended, those that a boot ended in, and the last boot that died, if any."""

    found: dict[str, Outcome] = field(default_factory=dict)
    ends: dict[str, Boot] = field(default_factory=dict)
    splats: list[Splat] = field(default_factory=list)
    boots: int = 0
    died: Boot | None = None


def _together(guest: Guest, kernel: Path, names: frozenset[str], without: frozenset[str],
              ) -> _Seen:
    """Boots of all suites but some, and then of all that are left but those it died of.

    Raises ``NoBootError`` when nothing ended and nothing was running.
    """
    tool = guest.machine.emulator.program
    if shutil.which(tool) is None:
        raise ToolMissingError(tool, needed_for="booting kernels", package="qemu-system-x86")
    seen, left = _Seen(), names
    for _ in range(ROUNDS):
        before = len(seen.ends)
        made = _boots(guest, kernel, globs.others(without | seen.ends.keys(), left), seen.boots)
        seen.boots += len(made)
        seen.died = next((b for b in made if not b.bye), None)
        for boot in made:
            rows = results(boot) if boot.bye else _ended(boot)
            seen.found |= {n: row for n, row in rows.items()
                           if n not in without and n not in seen.found}
            seen.splats += boot.splats
            if not boot.bye:
                seen.ends |= {n: boot for n in _started(boot) if n not in seen.ends}
        left = names - seen.found.keys() - seen.ends.keys()
        if len(seen.ends) == before or (names and not left):
            break
    if seen.died and not seen.found and not seen.ends:
        raise NoBootError(f"the guest does not boot: {seen.died.why or 'it ended at once'}",
                          seen.splats[0].text if seen.splats else seen.died.tail,
                          hint=f"see {guest.out}/boot0/console")
    return seen


def _boots(guest: Guest, kernel: Path, patterns: tuple[str, ...], number: int) -> list[Boot]:
    """A boot for each pattern, as many beside one another as there may be."""
    with ThreadPoolExecutor(max(1, guest.guests)) as pool:
        return list(pool.map(lambda row: _boot(replace(guest, guests=1), kernel, *row),
                             ((glob, number + n) for n, glob in enumerate(patterns))))


def run_all(guest: Guest, kernel: Path, names: Iterable[str], without: frozenset[str], *,
            known: twice.Known, alone: Iterable[str]) -> GuestRun:
    """``run_suites``, and then those of the others that are to run ``alone``."""
    done, rest = run_suites(guest, kernel, names, without, known), tuple(alone)
    if not rest:
        return done
    more = run_alone(replace(guest, out=guest.out / "alone"), kernel, rest)
    return replace(done, outcomes=done.outcomes + more.outcomes, boots=done.boots + more.boots)


def run_alone(guest: Guest, kernel: Path, names: Iterable[str]) -> GuestRun:
    """Some suites, each in a guest of its own."""
    found = _alone(_patient(guest), kernel, names, 1)
    return GuestRun(tuple(found.values()), (), (), len(found), 0.0, guest.machine.accel)


def _patient(guest: Guest) -> Guest:
    """A guest whose suites may be silent for long: one of DRM is for a minute."""
    return replace(guest, patient=True, boot_timeout=PATIENCE * guest.boot_timeout,
                   run_timeout=PATIENCE * guest.run_timeout)


def _boot(guest: Guest, kernel: Path, glob: str, number: int) -> Boot:
    words = _APPEND if glob == EVERY else f"{_APPEND} kunit.filter_glob={glob}"
    guest.say(f"KUnit: {'all suites' if glob == EVERY else glob}")
    return boot_surely(guest, kernel, Load((), append=words, log=True), number,
                       lambda boot: not _started(boot) and not _ended(boot))


def _alone(guest: Guest, kernel: Path, names: Iterable[str], first: int) -> dict[str, Outcome]:
    """Each suite in a guest of its own, as many beside one another as there may be."""
    rows = list(names)

    def one(number: int, name: str) -> Outcome:
        boot = _boot(replace(guest, guests=1), kernel, globs.literal(name), number)
        found = results(boot)
        if name in found:
            return found[name]
        if boot.bye:
            return _whole(name, Status.NOT_RUN, "the kernel has no suite of that name")
        if name not in _started(boot):
            return _whole(name, Status.NOT_RUN, f"the kernel did not get to it: {boot.why}")
        return _whole(name, *blame(boot))

    with ThreadPoolExecutor(max(1, guest.guests)) as pool:
        done = pool.map(one, range(first, first + len(rows)), rows[:MOST_ALONE])
        found = dict(zip(rows, done, strict=False))
    return found | {n: _whole(n, Status.NOT_RUN, f"{MOST_ALONE} guests have run by themselves")
                    for n in rows[MOST_ALONE:]}


def _culprit(suite: Outcome, boot: Boot) -> Outcome:
    """A suite that a boot of several ended in and that ends by itself: a case says so."""
    if any(t.status in ENDED for t in suite.children):
        return suite
    status, why = Status.TIMEOUT if boot.late else Status.CRASHED, boot.why or "the guest ended"
    return replace(suite, children=(*suite.children, Outcome(TOGETHER, status, why,
                                                              log=boot.tail)))


def _whole(name: str, status: Status, reason: str, log: str = "") -> Outcome:
    """A suite as one test, where its cases are not known."""
    return Outcome(f"{splat.SUITE}{name}", status,
                   children=(Outcome("suite", status, reason, log=log),))


def _with_log(suite: Outcome, boot: Boot) -> Outcome:
    """A suite with one case more: whether the kernel complained while it ran."""
    mine = [s for s in boot.splats if s.during == suite.name]
    said = Outcome(LOG, Status.FAIL, f"kernel: {mine[0].title}", log=mine[0].text
                   ) if mine else Outcome(LOG, Status.PASS)
    return replace(suite, children=(*suite.children, said))


def results(boot: Boot) -> dict[str, Outcome]:
    """The suites whose results init passed on."""
    found = _timed(parse(boot.lines.get(KERNEL_LOG, ())), boot)
    return {name: _with_log(suite, boot) for name, suite in found.items()}


def parse(records: Iterable[str]) -> dict[str, Outcome]:
    """The suites in the records of a kernel's log; what a suite promised and lacks is MISSING."""
    lines = [line for record in records for line in _lines(_text(record))]
    outcomes, _ = ktap.parse(lines, as_said=True)
    found: dict[str, Outcome] = {}
    for row in outcomes:
        name, suite = row.name, replace(row, name=f"{splat.SUITE}{row.name}")
        if not row.children and row.status is Status.PASS:
            continue
        if not row.children:  # before 6.4 all that is said where suite_init fails
            suite = _whole(name, row.status, row.reason or "the suite does not start")
        # A name twice: one of them is another suite's claim, and nobody knows which.
        found[name] = suite if name not in found else _whole(
            name, Status.FAIL, "two suites have this name")
    return found


def _lines(record: str) -> Iterator[str]:
    """The lines of a record; what an assertion expected stands below its first, without a "#"."""
    first, *more = record.split("\n")
    indent = len(first) - len(first.lstrip(" "))
    yield first
    yield from (f"{' ' * indent}# {t.strip()}" if first.lstrip(" ").startswith("#") else t
                for t in more)


def _text(record: str) -> str:
    """A record as it was printed: /dev/kmsg escapes what is no printable ASCII."""
    return _ESCAPED.sub(lambda m: bytes.fromhex(m.group(1)).decode("latin-1"), record)


def _ended(boot: Boot) -> dict[str, Outcome]:
    """The suites that had ended before a guest died: init never came, so by its console.

    Nobody but the kernel wrote there so far, and on one CPU.
    """
    found = parse(splat.plain(line) for line in boot.console)
    return {name: _with_log(suite, boot) for name, suite in _timed(found, boot).items()
            if not any(c.status is Status.MISSING for c in suite.children)}


def _timed(found: dict[str, Outcome], boot: Boot) -> dict[str, Outcome]:
    """Suites with the seconds that they took, by the time stamps of the console."""
    began: dict[str, float] = {}
    for line in boot.console:
        match, text = splat.seconds(line), splat.plain(line)
        if match is None:
            continue
        if begin := _SUBTEST.match(text):
            began[begin.group(1)] = match
        elif (end := _ENDED.match(text)) and end.group(1) in began and end.group(1) in found:
            name = end.group(1)
            found[name] = replace(found[name], seconds=match - began.pop(name))
    return found


def _started(boot: Boot) -> list[str]:
    """The suites that were running when a guest ended before init came: by its console."""
    running: dict[str, None] = {}
    for line in boot.console:
        text = splat.plain(line)
        if match := _SUBTEST.match(text):
            running[match.group(1)] = None
        elif match := _ENDED.match(text):
            running.pop(match.group(1), None)
    return list(running)
