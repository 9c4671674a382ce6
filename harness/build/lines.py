# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of a source that are in an object, by asking the preprocessor."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from harness.build import overlay
from harness.build.codecheck import DEPENDENCIES, BuildSide
from harness.build.objects import command
from harness.csource import lines
from harness.system.sandbox import Sandbox

MOST = 64 << 20  # bytes of a preprocessor's output
TIMEOUT = 60


def compiling(out: Path, name: str) -> str:
    """How make compiled an object, without where it and its dependencies were written.

    "" where it was no compiler that did.
    """
    line = command(out, name).split(";")[0]
    return re.sub(rf"{DEPENDENCIES}| -o \S+", "", line) if re.match(
        r"\S*(?:gcc|clang)\S* ", line) else ""


def seen(box: Sandbox, side: BuildSide, name: str, paths: Iterable[str],
         ) -> dict[str, frozenset[int]]:
    """The lines of some files that are compiled into an object that make has made.

    A file that is not in the object is not in the answer; none is when the preprocessor does not
    run. Directives that choose (``#if``) have no line, ``#include`` stands with what is near.
    """
    sources, out = side.sources, side.out
    line = compiling(out, name)
    if not line:
        return {}
    line = line.replace(" -c ", " -E -fdirectives-only ")
    done = box.run(["sh", "-c", line], ro={**sources.binds("/src"), out: "/out"},
                   inside={"chdir": box.path(out, "/out")}, ok=None, timeout=TIMEOUT, keep=MOST,
                   cwd=None if box.enabled else out)
    if done.returncode or done.why:
        return {}
    root = box.path(sources.root, "/src")
    wanted = {f"{root}/{p}": p for p in paths}
    # What make generates has names of its own, below the build directory: ./include/generated/...
    names = {m: wanted[whole] for m in _named(done.stdout)
             if (whole := posixpath.normpath(m.decode("utf-8", "surrogateescape"))) in wanted}
    found = lines.left_in(done.stdout, names)
    return {path: lines.with_includes(overlay.text_of(sources, path, MOST) or "", rows)
            for path, rows in found.items()}


def _named(output: bytes) -> set[bytes]:
    return set(re.findall(rb'(?m)^# \d+ "((?:[^"\\\n]|\\.)*)"', output))
