# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's own programs and scripts on both kernels: ``check SERIES --run PROGRAM``."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from harness.build.selftests import ELF, HEAD, is_static
from harness.cache import store
from harness.errors import CommandFailedError, NoBootError, ToolMissingError, UsageError
from harness.guest import commands
from harness.guest.boot import Command, Load
from harness.model import GuestRun
from harness.run import boot_stages, workload
from harness.run.remembered import Asked, remembered
from harness.run.state import NotRunError, SkippedStage, State, require

MOST = 64 << 20  # bytes of one


def names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """What the programs are called in results; raises ``UsageError`` for what cannot run."""
    found: list[str] = []
    for path in paths:
        if not path.is_file():
            raise UsageError(f"--run {path}: no such file")
        with path.open("rb") as handle:
            head = handle.read(HEAD)
        if path.stat().st_size > MOST:
            raise UsageError(f"--run {path}: larger than {MOST >> 20} MiB")
        if head.startswith(ELF) and not is_static(head):
            raise UsageError(f"--run {path}: it needs libraries, and the guest has none",
                             hint="link it with -static, or give its .c file")
        name = re.sub(r"[^\w+-]", "_", path.name.removesuffix(".c"))[:60]
        if name in found:
            raise UsageError(f"--run: two programs are called {name}", hint="rename one of them")
        found.append(name)
    return tuple(found)


def run_own(state: State) -> State:
    """Run them on the base and on the patched kernel, one after another."""
    if not state.request.own:
        raise SkippedStage("no --run")
    try:
        made = _made(state)
    except CommandFailedError as error:
        raise NotRunError(f"--run: it does not compile: {error.tail[:300]}", state) from None
    before, state = _booted(state, made, "before")
    try:
        after, state = _booted(state, made, "after")
    except NoBootError as error:
        raise NotRunError(f"--run: {error.message}", state) from None
    return replace(state, before=workload.more(state.before, before),
                   after=workload.more(state.after, after))


def run_one(state: State, name: str, kernel: Path) -> GuestRun:
    """One of them on another kernel."""
    made = tuple(c for c in _made(state) if c.name == name)
    return commands.run_commands(boot_stages.guest(state, name), kernel, made,
                                 Load((), busybox=busybox_for(made)))


def _made(state: State) -> tuple[Command, ...]:
    seconds = state.settings.test_timeout * state.settings.timeout_factor
    return tuple(Command(name, _content(state, path), (), seconds) for name, path in zip(
        names(state.request.own), state.request.own, strict=True))


def _content(state: State, path: Path) -> bytes:
    """A program as it is, or as gcc makes it of its source."""
    if path.suffix != ".c":
        return path.read_bytes()
    place, box = state.work / "own" / path.stem, state.box()
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, place / "own.c")
    box.run(["gcc", "-static", "-O2", "-pthread", "-o", "own", "own.c"], rw={place: "/out"},
            inside={"chdir": box.path(place, "/out")}, log=state.log, merge=True, timeout=120,
            cwd=None if box.enabled else place)
    return (place / "own").read_bytes()


def _booted(state: State, made: tuple[Command, ...], side: str) -> tuple[GuestRun, State]:
    image = require(state.image_base if side == "before" else state.image_patched)
    busybox = busybox_for(made)
    parts = (store.digest(busybox), *(
        part for c in made for part in (c.name, store.digest(c.content), str(c.seconds))))
    asked = Asked("own", image, f"own-{side}", "--run" if side == "after" else "")
    return remembered(state, asked, boot_stages.guest(state, side), parts, lambda where: (
        commands.run_commands(where, image.path, made, Load((), busybox=busybox))))


def busybox_for(made: tuple[Command, ...]) -> bytes:
    """The busybox that scripts need: b"" where there are none."""
    return b"" if all(c.content.startswith(ELF) for c in made) else busybox()


def busybox() -> bytes:
    """A busybox that needs no libraries; raises ``ToolMissingError``."""
    path = shutil.which("busybox")
    content = Path(path).read_bytes() if path else b""
    if not content or b"ld-linux" in content[:HEAD]:
        raise ToolMissingError("a static busybox", needed_for="scripts and a shell in the guest",
                               package="busybox-static")
    return content
