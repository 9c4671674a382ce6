# SPDX-License-Identifier: GPL-2.0-or-later
"""Run compilers and checkers on the files that a series touches; keep new warnings only.

The command line is the one that kbuild used (``.x.o.cmd``), with more warnings asked for; it
runs on both sides, and what the base says too is nobody's fault. Warnings are compared by
file, function and text, never by line or count: lines move.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.build.kbuild import COMMAND, TROUBLE, cause_of, in_tree
from harness.clean import one_line
from harness.errors import CommandFailedError, InfrastructureError
from harness.model import Finding, Location, Series, Severity, Sources
from harness.system.sandbox import Sandbox, plain

# scripts/Makefile.extrawarn, W=1, without what kernel headers themselves are full of
_W1 = ("-Wextra -Wunused -Wno-unused-parameter -Wmissing-declarations -Wmissing-format-attribute "
       "-Wmissing-prototypes -Wold-style-definition -Wunused-but-set-variable "
       "-Wunused-const-variable -Wstringop-truncation -Wmaybe-uninitialized "
       "-Wno-missing-field-initializers -Wno-type-limits -Wno-shift-negative-value "
       "-Wno-sign-compare -Wno-error")
# Makefile, CHECKFLAGS
_SPARSE = ("-D__CHECKER__ -D__linux__ -Dlinux -D__STDC__ -Dunix -D__unix__ -Wbitwise "
           "-Wno-return-void -Wno-unknown-attribute")
# Where the compiler writes what a file includes: nothing is to be written here. -MD before 5.11.
DEPENDENCIES = r"-Wp,-MM?D,\S+"
_WARNING = re.compile(r"^(?:/src/|\.\./)*([\w./+-]+\.[ch]):(\d+):(?:\d+:)? "
                      r"(?:warning|(?:fatal )?error): (.*)$")
_FUNCTION = re.compile(r"^\S*: In function .(\w+).:$")


@dataclass(frozen=True, slots=True)
class BuildSide:
    """A finished build: sources and objects."""

    sources: Sources
    out: Path


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; ``key`` survives moved lines."""

    path: str
    line: int
    text: str
    function: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The key by which it is compared."""
        return self.path, self.function, re.sub(r"\b\d+\b", "N", self.text)


class NotAskedError(Exception):
    """A tool gave up on a file without saying what is wrong with it: nothing was looked at."""


def parse(output: str) -> tuple[Warned, ...]:
    """The warnings of gcc or sparse."""
    function, found = "", []
    for row in output.splitlines():
        if match := _FUNCTION.match(row):
            function = match.group(1)
        elif match := _WARNING.match(row):
            found.append(Warned(match.group(1), int(match.group(2)), match.group(3), function))
        elif ": At top level:" in row:
            function = ""
    return tuple(found)


def new(before: Iterable[Warned], after: Iterable[Warned]) -> Iterator[Warned]:
    """Those of ``after`` that ``before`` does not have, as often."""
    left = Counter(w.key for w in before)
    for warned in after:
        if left[warned.key]:
            left[warned.key] -= 1
        else:
            yield warned


def compiled(series: Series, side: BuildSide) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The C files of a series that this configuration compiles, and those that it does not."""
    files = [p for p in series.paths if p.endswith(".c") and not p.startswith(
        ("tools/", "samples/", "Documentation/", "scripts/", "usr/"))]
    files = [p for p in files if side.sources.find(p).is_file()]
    yes = tuple(p for p in files if _cmd(side.out, p).is_file())
    return yes, tuple(p for p in files if p not in yes)


def _cmd(out: Path, path: str) -> Path:
    place = out / path
    return place.with_name(f".{place.stem}.o.cmd")


def _line(side: BuildSide, path: str, tool: str) -> str:
    script = plain(side.out, str(_cmd(side.out, path).relative_to(side.out)))
    match = COMMAND.search(script.read_text("utf-8", "replace"))
    if match is None:
        return ""
    words = match.group(1).split(";")[0]
    words = re.sub(rf"{DEPENDENCIES}|-Werror(?:=\S+)?(?=\s)| -o \S+", "", words)
    if tool == "sparse":
        return re.sub(r"^\S+", f"sparse {_SPARSE}", words.replace(" -c ", " "))
    return words.replace(" -c ", f" {_W1} -c -o /dev/null ")


def _said(side: BuildSide, path: str, tool: str, box: Sandbox, log: Path) -> tuple[Warned, ...]:
    line = _line(side, path, tool) if _cmd(side.out, path).is_file() else ""
    if not line:
        return ()
    done = box.run(["sh", "-c", line], ro={**side.sources.binds("/src"), side.out: "/out"},
                   inside={"chdir": box.path(side.out, "/out"), "memory": 4 << 30}, ok=None,
                   merge=True, timeout=120, log=log, cwd=None if box.enabled else side.out)
    if done.why or not 0 <= done.returncode < 128:
        raise InfrastructureError(f"{tool} on {one_line(path)}: "
                                  f"{done.why or f'it ended with {done.returncode}'}",
                                  hint="the run can be repeated")
    text = in_tree(done.text, box.path(side.sources.root, "/src"))
    if trouble := TROUBLE.search(text):
        raise InfrastructureError(f"{tool}: {trouble.group(0)}", hint="the run can be repeated")
    found = parse(text)
    if done.returncode and not found:
        words = next((t for t in done.text.splitlines() if t.strip()), "no reason given")
        raise NotAskedError(f"it ended with {done.returncode}: {one_line(words, 160)}")
    return found


AT_A_TIME = 2  # compilers beside one another
TOOLS = (("gcc", "warning-w1", "new warning of gcc with W=1"),
         ("sparse", "warning-sparse", "new warning of sparse"))


def _not_installed(tool: str) -> str:
    return f"{tool}: NOT_RUN: not installed; next: apt-get install {tool}"


def steady(lacking: Iterable[str]) -> bool:
    """Whether nothing was left out but what a tool that is not installed would have said.

    A tool that gave up once may not the next time.
    """
    return set(lacking) <= {_not_installed(tool) for tool, *_ in TOOLS}


Old = Callable[[str, str, Callable[[], tuple[Warned, ...]]], tuple[Warned, ...]]


def check(series: Series, sides: tuple[BuildSide, BuildSide], box: Sandbox, log: Path,
          old: Old = lambda _path, _tool, ask: ask(),
          ) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]]:
    """New warnings in what the series touches; notes; the tools that could not be asked, and why.

    ``old`` may know what a tool says of a file of the base, so that it need not be asked.
    """
    before, after = sides
    files, left = compiled(series, after)
    names = ", ".join(map(one_line, left))
    notices = [f"a green build says nothing about {names}: not compiled in this configuration",
               ] if left else []
    found: list[Finding] = []
    lacking: list[str] = [_not_installed(tool) for tool, *_ in TOOLS
                          if files and shutil.which(tool) is None]

    def ask(row: tuple[str, str]) -> tuple[Warned, ...] | NotAskedError:
        tool, path = row
        try:
            known = old(path, tool, functools.partial(_said, before, path, tool, box, log))
            return tuple(new(known, _said(after, path, tool, box, log)))
        except NotAskedError as error:
            return error

    rows = [(tool, path) for tool, *_ in TOOLS if shutil.which(tool) for path in files]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(ask, rows))
    texts = {tool: (rule, says) for tool, rule, says in TOOLS}
    for (tool, path), fresh in zip(rows, answers, strict=True):
        rule, says = texts[tool]
        if isinstance(fresh, NotAskedError):
            lacking.append(f"{tool}: NOT_RUN: {one_line(path)}: {fresh}")
            continue
        found += (Finding(
            rule, Severity.WARNING, f"{says}: {one_line(warned.text)}",
            Location(warned.path, warned.line), patch=series.last_to_touch(warned.path),
            subject=" ".join(warned.key)) for warned in fresh)
    return tuple(found), tuple(notices), tuple(lacking)


def bisection_broken(broken: Iterable[tuple[int, CommandFailedError]], total: int,
                     ) -> tuple[Finding, ...]:
    """The patches in the middle that do not build, by number and error."""
    return tuple(not_bisectable(error, number, total) for number, error in broken)


def not_bisectable(error: CommandFailedError, number: int, total: int) -> Finding:
    """A patch in the middle that does not build, though the series as a whole does."""
    cause = cause_of(error)
    return Finding("not-bisectable", Severity.ERROR,
                   f"patch {number} of {total} does not build by itself: {cause.message}",
                   where=cause.where, evidence=error.tail, patch=number,
                   subject=f"{number} {cause.message}")
