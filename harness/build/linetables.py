# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of a finished build once more, with line tables: -g changes no code of gcc's."""

from __future__ import annotations

import posixpath
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from harness.build.codecheck import BuildSide
from harness.build.lines import compiling
from harness.build.objects import command, made_with
from harness.errors import CommandFailedError
from harness.system.sandbox import Sandbox, plain

TIMEOUT = 120
MOST_SYMBOLS = 64 << 20  # bytes of what nm prints
MOST = 64 << 20  # bytes of an object
MOST_FILES = 20_000  # of a folder
IMAGE = "vmlinux"


def made(out: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The objects among some that a build has."""
    return tuple(n for n in names if command(out, n))


def beside(out: Path, path: str, named: re.Pattern[str]) -> tuple[str, ...]:
    """The objects of a header's own folder that are called so and were made with it."""
    folder = posixpath.dirname(path)
    try:
        files = sorted(p.name for p in (out / folder).iterdir())[:MOST_FILES]
    except OSError:
        return ()
    names = (posixpath.join(folder, f[1:-len(".cmd")]) for f in files
             if f.startswith(".") and f.endswith(".o.cmd") and named.search(f[1:-len(".o.cmd")]))
    used = re.compile(rf"/{re.escape(path)}(?:\s|$)")
    return tuple(name for name in names if used.search(made_with(out, name)))


def with_lines(box: Sandbox, side: BuildSide, name: str, log: Path | None = None) -> bytes:
    """An object as make has made it, but with a line table (DWARF 4).

    Raises ``CommandFailedError`` when it is not to be had.
    """
    line = compiling(side.out, name)
    if "gcc" not in line.partition(" ")[0] or " -c " not in line:
        raise CommandFailedError("gcc", 1, "it is not known how make made it")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        target = box.path(work / "x.o", "/lines/x.o")
        line = line.replace(" -c ", f" -g -gdwarf-4 -c -o {target} ")
        done = box.run(["sh", "-c", line], ro={**side.sources.binds("/src"), side.out: "/out"},
                       rw={work: "/lines"},
                       inside={"chdir": box.path(side.out, "/out"), "file_size": MOST}, ok=None,
                       merge=True, timeout=TIMEOUT, log=log,
                       cwd=None if box.enabled else side.out)
        if done.returncode or done.why:
            raise CommandFailedError("gcc", done.returncode, done.why or "it failed with -g")
        return plain(work, "x.o").read_bytes()


def symbols(box: Sandbox, out: Path) -> str:
    """What nm prints of the functions of a kernel: address, size, kind and name.

    Raises ``CommandFailedError`` when it prints nothing.
    """
    return _said(box, out, ["nm", "-S", "--defined-only"])


def symbols_by_file(box: Sandbox, out: Path) -> str:
    """What readelf prints of a kernel's symbols, where a local one stands below its file.

    Raises ``CommandFailedError`` when it prints nothing.
    """
    return _said(box, out, ["readelf", "-sW"])


def _said(box: Sandbox, out: Path, words: list[str]) -> str:
    done = box.run([*words, box.path(out / IMAGE, f"/out/{IMAGE}")],
                   ro={out: "/out"}, ok=None, timeout=TIMEOUT, keep=MOST_SYMBOLS)
    if done.returncode or done.why:
        raise CommandFailedError(words[0], done.returncode, done.why or "it failed")
    return done.stdout.decode("utf-8", "replace")
