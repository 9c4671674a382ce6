# SPDX-License-Identifier: GPL-2.0-or-later
"""gcc on small generated sources, in the sandbox, and what it said line by line."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ToolMissingError
from harness.system import proc
from harness.system.sandbox import Sandbox
from harness.uapi.headers import closure, transform

_SAID = re.compile(r"^([^:\n]+):(\d+):(?:\d+:)? (warning|error|fatal error): (.*)$", re.MULTILINE)
_GCC = ("-fmax-errors=0", "-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret")
_CLANG = ("-ferror-limit=0", "-fno-caret-diagnostics", "-fmacro-backtrace-limit=1")
# Debian keeps asm/ below the multiarch folder, where -m32 does not look; headers that
# the caller brings come first, so this only serves a header that stands alone.
_MULTIARCH = ("-idirafter", "/usr/include/x86_64-linux-gnu")
MEMORY = 2 << 30  # bytes of address space for one compilation
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """One diagnostic: the file's base name, line, grade and text."""

    file: str
    line: int
    grade: str
    text: str


@dataclass(frozen=True, slots=True)
class CompileResult:
    """A compilation: whether it succeeded, what was said, and its output."""

    ok: bool
    said: tuple[Said, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Compiler:
    """gcc with one directory of headers; ``flags`` choose the ABI."""

    sandbox: Sandbox
    headers: Path
    flags: tuple[str, ...] = ()
    program: str = "gcc"
    before: str = ""  # lines that the header under test needs before it (``prelude``)

    @property
    def is_cross(self) -> bool:
        """Whether this compiles for another machine, with a C library of its own."""
        return "-linux-" in self.program

    @property
    def words(self) -> str:
        """The command as a user would type it."""
        return " ".join([self.program, *self.flags])

    def include(self, header: str) -> str:
        """The lines of a source that bring in the header under test."""
        return f"{self.before}#include <{header}>\n"

    def run(self, source: str, *extra: str, keep: Path | None = None) -> CompileResult:
        """Compile ``source``; ``keep`` is where the object file goes.

        Raises ``DeadlineError`` when a header makes the compiler run away.
        """
        if shutil.which(self.program) is None:
            raise ToolMissingError(self.program, needed_for="checking the UAPI",
                                   package="gcc libc6-dev")
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            (work / "t.c").write_bytes(source.encode("utf-8", "surrogateescape"))
            done = self._gcc(work, ["t.c"], extra, SECONDS)
            if keep is not None and (work / "t.o").is_file():
                shutil.copy(work / "t.o", keep)
        errors = done.stderr.decode("utf-8", "replace")
        said = tuple(Said(Path(m[0]).name, int(m[1]), m[2], m[3]) for m in _SAID.findall(errors))
        return CompileResult(done.returncode == 0, said, done.text)

    def _gcc(self, work: Path, names: Sequence[str], extra: tuple[str, ...], seconds: float,
             ) -> proc.Done:
        box = self.sandbox
        argv = [self.program, *self.flags, "-I", box.path(self.headers, "/headers"),
                *(() if self.is_cross else _MULTIARCH),
                *(_CLANG if "clang" in self.program else _GCC), *extra,
                *(box.path(work / n, f"/out/{n}") for n in names)]
        done = box.run(argv, ro={self.headers: "/headers"}, rw={work: "/out"},
                       inside={"chdir": box.path(work, "/out"), "memory": MEMORY,
                               "file_size": 256 << 20},
                       ok=None, timeout=seconds, cwd=None if box.enabled else work)
        return proc.check(done, None if not done.why else (0,), name=self.program)

    def run_many(self, sources: Sequence[str], *extra: str) -> tuple[int, ...] | None:
        """Compile many sources in one go; which of them failed, or None when nobody can tell."""
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            names = [f"{n}.c" for n in range(len(sources))]
            for file, source in zip(names, sources, strict=True):
                (work / file).write_bytes(source.encode("utf-8", "surrogateescape"))
            done = self._gcc(work, names, extra, SECONDS * 5)
        if done.returncode == 0:
            return ()
        text = done.stderr.decode("utf-8", "replace")
        # Errors stand in the header; "In file included from .../7.c:1:" says whose they are.
        found = {int(n) for n in re.findall(r"(?:^|[/ ])(\d+)\.c:\d+", text)}
        warned = tuple(sorted(n for n in found if n < len(sources)))
        return warned or None


def failing(compiler: Compiler, headers: Sequence[str]) -> tuple[str, ...]:
    """Find the headers that do not compile alone, with one gcc for a hundred of them."""
    bad: list[str] = []
    for start in range(0, len(headers), 100):
        batch = headers[start: start + 100]
        done = compiler.run_many([f"#include <{h}>\n" for h in batch], "-fsyntax-only", "-w")
        if done is None:  # no longer told apart: ask one by one
            bad += [h for h in batch if not compiler.run(
                f"#include <{h}>\n", "-fsyntax-only", "-w").ok]
        else:
            bad += [batch[n] for n in done]
    return tuple(bad)


ROUNDS = 8  # of leaving out what does not compile, before halves are asked


def surviving(compiler: Compiler, head: str, lines: Mapping[str, str], *flags: str,
              ) -> tuple[dict[str, str], dict[str, str]]:
    """Find which of many one-line declarations compile.

    ``lines`` maps a name to one line of C. Returns (good lines, name -> first
    error). gcc is asked again without the bad lines until it is content, as some errors hide
    others: of an undeclared name it speaks once. Where that takes too long, halves are asked.
    """
    good, bad, content = _without_the_wrong(compiler, head, lines, flags)
    if content:
        return good, bad
    if not compiler.run(head, "-fsyntax-only", "-w", *flags).ok:
        return {}, bad | dict.fromkeys(good, _SOMEHOW)
    kept, parts = dict[str, str](), [good]
    while parts:
        part = parts.pop()
        good, wrong, content = _without_the_wrong(compiler, head, part, flags)
        bad |= wrong
        if content:
            kept |= good
        elif len(part) == 1:
            bad |= dict.fromkeys(good, _SOMEHOW)
        else:
            rows = list(good.items())
            middle = (len(rows) + 1) // 2
            parts += [dict(half) for half in (rows[middle:], rows[:middle]) if half]
    return kept, bad


_SOMEHOW = "does not compile"


def _without_the_wrong(compiler: Compiler, head: str, lines: Mapping[str, str],
                       flags: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str], bool]:
    """Drop the lines that gcc names; returns the rest, those dropped, and if gcc is content."""
    good, bad = dict(lines), dict[str, str]()
    start = head.count("\n") + 1
    for _ in range(ROUNDS):
        names = list(good)
        done = compiler.run(head + "".join(f"{good[n]}\n" for n in names), "-fsyntax-only", "-w",
                            *flags)
        if done.ok:
            return good, bad, True
        wrong: dict[str, str] = {}
        for said in done.said:
            index = said.line - start
            if said.grade != "warning" and said.file == "t.c" and 0 <= index < len(names):
                wrong.setdefault(names[index], said.text)
        if not wrong:  # the error is in another file: inside a macro
            break
        bad |= wrong
        good = {n: line for n, line in good.items() if n not in wrong}
    return good, bad, False


def materialise(headers: Mapping[str, str], target: Path, wanted: Iterable[str]) -> Path:
    """Write the wanted headers, and what they include, as userspace gets them."""
    target.mkdir(parents=True, exist_ok=True)
    for name in closure(headers, wanted):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(transform(headers[name]).encode("utf-8", "surrogateescape"))
    return target
