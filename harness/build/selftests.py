# SPDX-License-Identifier: GPL-2.0-or-later
"""A target of tools/testing/selftests: its C programs, static, by its own Makefile, and scripts."""

from __future__ import annotations

import posixpath
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.build import selftree
from harness.build.kbuild import Builder, in_tree
from harness.build.selftree import Folder
from harness.clean import one_line
from harness.errors import InfrastructureError
from harness.model import Sources

MOST = 4 << 20  # bytes of make's answer
TIMEOUT = 600.0
MOST_PROGRAMS = 400
NOTHING = Folder({}, {})
ELF = b"\x7fELF"
HEAD = 8192  # bytes in which a dynamic program names its loader
# Asked of make and not read: most targets compute their lists.
LIST = "harness-list"
_ERROR = re.compile(r"[Ee]rror|No such file|undefined reference|cannot find")
_ASK = (f"{LIST}: ; @echo programs $(TEST_GEN_PROGS) ; echo scripts $(TEST_PROGS)")


@dataclass(frozen=True, slots=True)
class Selftests:
    """What a target has: programs by name, compressed, and why one was not built, or cannot run.

    ``scripts``: those that a guest can run, each with its shell; ``folder``: what they find, if
    there are any.
    """

    programs: tuple[tuple[str, bytes], ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    folder: Folder = NOTHING


def build(builder: Builder, sources: Sources, headers: Path, out: Path, target: str) -> Selftests:
    """Build a target's programs against exported headers; one that fails hinders no other.

    Raises ``InfrastructureError`` when make comes to no end.
    """
    out.mkdir(parents=True, exist_ok=True)
    listed = _make(builder, sources, (headers, out), target, ["-s", f"--eval={_ASK}", LIST])
    rows = parse(listed)
    said = _make(builder, sources, (headers, out), target, ["-k", f"-j{builder.jobs}"])
    inside = builder.sandbox.path(out, "/out")
    made, failed = [], []
    for word in rows.get("programs", ())[:MOST_PROGRAMS]:
        name = posixpath.relpath(word, inside) if word.startswith("/") else word
        place = out / name
        if ".." in Path(name).parts:
            continue
        if not place.is_file() or place.is_symlink():
            failed.append((name, _why(said, name)))
        elif is_static(content := place.read_bytes()):
            made.append((name, zlib.compress(content, 1)))
        else:
            failed.append((name, "its Makefile links it with libraries, and the guest has none"))
    if not (named := rows.get("scripts", ())[:MOST_PROGRAMS]):
        return Selftests(tuple(made), (), tuple(failed))
    folder = selftree.read(builder, sources, out, target)
    scripts, left = selftree.scripts(folder, target, named)
    return Selftests(tuple(made), scripts, (*failed, *left), folder if scripts else NOTHING)


def _make(builder: Builder, sources: Sources, places: tuple[Path, Path], target: str,
          words: list[str]) -> str:
    headers, out = places
    box = builder.sandbox
    root, include = box.path(sources.root, "/src"), box.path(headers, "/headers")
    where = {headers: "/headers"}
    if (sources.root / "usr/include").is_dir():  # before 5.2 there is no place for them
        where = {headers: "/src/usr/include"}
        include = f"{root}/usr/include" if box.enabled else include
    done = box.run(
        ["env", f"CFLAGS=-static -isystem {include}", "LDFLAGS=-static -s", "make",
         "--no-print-directory",
         "-C", f"{root}/{selftree.SELFTESTS}/{target}", f"OUTPUT={box.path(out, '/out')}",
         f"ARCH={NATIVE_TARGET.name}", *words],
        ro={**sources.binds("/src"), **where}, rw={out: "/out"},
        inside={"chdir": box.path(out, "/out")}, ok=None, merge=True, timeout=TIMEOUT, keep=MOST,
        log=builder.log, cwd=None if box.enabled else out)
    if done.why:
        raise InfrastructureError(f"make of the selftests {one_line(target)}: {done.why}",
                                  hint="the run can be repeated")
    return in_tree(done.text, root)


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """What make said it has: ``programs`` and ``scripts``, each in order."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        kind, *words = line.split() or [""]
        if kind in {"programs", "scripts"}:
            found[kind] = tuple(dict.fromkeys(words))
    return found


def _why(said: str, name: str) -> str:
    """The first error that names a program or its source; a compiler's goes before make's."""
    stem = posixpath.basename(name)
    lines = [t for t in said.splitlines() if _ERROR.search(t) and (
        f"{stem}.c" in t or f"{stem}]" in t or f"{stem}:" in t)]
    first = min(lines, key=lambda t: t.startswith("make"), default="")
    return f"it does not build: {one_line(first, 200)}" if first else "it does not build"


def is_static(content: bytes) -> bool:
    """Whether a program needs no libraries, by the first bytes of its file."""
    return content.startswith(ELF) and b"/ld-linux" not in content[:HEAD]
