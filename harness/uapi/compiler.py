# SPDX-License-Identifier: GPL-2.0-or-later
"""gcc on small generated sources, in the sandbox, and what it said line by line."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.arch import MULTIARCH
from harness.errors import DeadlineError
from harness.system import proc, scratch
from harness.system.sandbox import Sandbox
from harness.uapi import batch
from harness.uapi.batch import SECONDS, CompileResult, Said
from harness.uapi.headers import closure, including, transform

__all__ = ["MULTIARCH", "CompileResult", "Compiler", "Said", "failing", "materialise"]

_GCC = ("-fmax-errors=0", "-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret")
_PRINTED = 1 << 20  # bytes of what a program prints
_CLANG = ("-ferror-limit=0", "-fno-caret-diagnostics", "-fmacro-backtrace-limit=1")
# Debian keeps asm/ below the multiarch folder, where -m32 does not look; headers that
# the caller brings come first, so this only serves a header that stands alone.
_MULTIARCH = ("-idirafter", MULTIARCH)


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
        return self.before + including([header])

    def run(self, source: str, *extra: str, keep: Path | None = None) -> CompileResult:
        """Compile ``source``; ``keep`` is where the object file goes.

        Raises ``DeadlineError`` when a header makes the compiler run away.
        """
        return batch.run_all([batch.Job(self, source, extra, keep)])[0]

    def argv(self, headers: str, *extra: str) -> list[str]:
        """The command, with the headers where the sandbox has them."""
        return [self.program, *self.flags, "-I", headers,
                *(() if self.is_cross else _MULTIARCH),
                *(_CLANG if "clang" in self.program else _GCC), *extra]

    def _gcc(self, work: Path, names: Sequence[str], extra: tuple[str, ...], seconds: float,
             ) -> proc.Done:
        box = self.sandbox
        argv = [*self.argv(box.path(self.headers, "/headers"), *extra),
                *(box.path(work / n, f"/out/{n}") for n in names)]
        done = box.run(argv, ro={self.headers: "/headers"}, rw={work: "/out"},
                       inside=batch.bounds(box, work),
                       ok=None, timeout=seconds, cwd=None if box.enabled else work)
        return proc.check(done, None if not done.why else (0,), name=self.program)

    def printed(self, source: str, work: Path, seconds: float) -> str:
        """What a program of this source prints, in the sandbox; "" where it cannot be made.

        Raises ``DeadlineError`` when it does not end.
        """
        (work / "t.c").write_bytes(source.encode("utf-8", "surrogateescape"))
        box = self.sandbox
        words = shlex.join([*self.argv(box.path(self.headers, "/headers")), "-w", "-O1", "-o",
                            "program", "t.c"])
        done = box.run(["sh", "-c", f"{words} 2>/dev/null && exec ./program"],
                       ro={self.headers: "/headers"}, rw={work: "/out"},
                       inside=batch.bounds(box, work),
                       ok=None, timeout=seconds, keep=_PRINTED, name="a program")
        if done.why:
            raise DeadlineError(f"a program of {self.words}: {done.why}")
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""

    def run_many(self, sources: Sequence[str], *extra: str) -> tuple[int, ...] | None:
        """Compile many sources in one go; which of them failed, or None when nobody can tell."""
        with scratch.folder() as name:
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
        some = headers[start: start + 100]
        sources = [including([h]) for h in some]
        done = compiler.run_many(sources, "-fsyntax-only", "-w")
        if done is None:  # no longer told apart: ask one by one
            done = tuple(n for n, source in enumerate(sources)
                         if not compiler.run(source, "-fsyntax-only", "-w").ok)
        bad += [some[n] for n in done]
    return tuple(bad)


def materialise(headers: Mapping[str, str], target: Path, wanted: Iterable[str]) -> Path:
    """Write the wanted headers, and what they include, as userspace gets them."""
    target.mkdir(parents=True, exist_ok=True)
    for name in closure(headers, wanted):
        path = target / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.{threading.get_ident()}")
            fresh.write_bytes(transform(headers[name]).encode("utf-8", "surrogateescape"))
            fresh.replace(path)  # another thread may be compiling
    return target
