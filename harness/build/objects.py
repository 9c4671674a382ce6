# SPDX-License-Identifier: GPL-2.0-or-later
"""Single objects, without the rest of the kernel: whether what a series touches compiles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.build.kbuild import COMMAND, Builder, cause_of, failure, make
from harness.clean import one_line
from harness.errors import CommandFailedError, InfrastructureError, InputRefusedError
from harness.model import Sources
from harness.system.sandbox import plain

MOST_COMMAND = 4 << 20  # bytes of what make keeps of an object
FEW = 12  # objects that failed which are asked for their own error


@dataclass(frozen=True, slots=True)
class Made:
    """What became of some objects: those that are there, and why others are not."""

    built: frozenset[str]
    failed: tuple[tuple[str, CommandFailedError], ...]

    @property
    def reasons(self) -> dict[str, str]:
        """Why each that failed did, in one line with the place."""
        return {name: one_line(str(cause_of(error)), 200) for name, error in self.failed}


def repeat(builder: Builder, sources: Sources, out: Path, names: Iterable[str]) -> Made:
    """Make objects anew with the commands that make used for them the last time.

    That is what make would do where nothing but their sources differ, without the two seconds
    that make takes to find that out. Raises ``InfrastructureError`` and ``DeadlineError``.
    """
    box = builder.sandbox

    def one(name: str) -> CommandFailedError | None:
        place = out / name
        remove(out, name, command_too=False)
        line = command(out, name)
        done = box.run(["sh", "-c", line], ro=sources.binds("/src"), rw={out: "/out"},
                       inside={"chdir": box.path(out, "/out")}, ok=None, merge=True,
                       timeout=builder.timeout, log=builder.log,
                       cwd=None if box.enabled else out)
        if done.why:
            raise InfrastructureError(f"{one_line(name)}: {done.why}",
                                      hint="the run can be repeated")
        if done.returncode == 0 and place.is_file():
            return None
        return failure(done.text, done.returncode, box.path(sources.root, "/src"))

    wanted = tuple(names)
    with ThreadPoolExecutor(builder.jobs) as pool:
        errors = list(pool.map(one, wanted))
    rows = tuple(zip(wanted, errors, strict=True))
    return Made(frozenset(n for n, e in rows if e is None),
                tuple((n, e) for n, e in rows if e is not None))


def remove(out: Path, name: str, *, command_too: bool = True) -> None:
    """Remove an object, and what make remembers of it; nothing that a link leads to."""
    path = Path(os.path.normpath(name))
    for left in (path, path.with_name(f".{path.name}.cmd"))[:1 + command_too]:
        try:
            plain(out, str(left)).unlink()
        except InputRefusedError:
            continue


def drop(out: Path, names: Iterable[str]) -> None:
    """Remove objects that make does not build by itself: nothing of a kernel is in them."""
    for name in names:
        remove(out, name)


def made_with(out: Path, name: str) -> str:
    """What make keeps of an object: its command, and the files that it was made of; or ""."""
    place = Path(name)
    try:
        file = plain(out, os.path.normpath(place.with_name(f".{place.name}.cmd")))
    except InputRefusedError:
        return ""
    with file.open("rb") as handle:
        return handle.read(MOST_COMMAND).decode("utf-8", "replace")


def command(out: Path, name: str) -> str:
    """The command by which make made an object: "" where it has not."""
    match = COMMAND.search(made_with(out, name))
    line = match.group(1) if match else ""
    return line.replace("$(pound)", "#").replace("$$", "$")


def compile_objects(builder: Builder, sources: Sources, out: Path, names: Iterable[str],
                    folders: Mapping[str, str] = MappingProxyType({})) -> Made:
    """Make objects anew, by make's names for them; one that fails does not hinder the others.

    ``folders``: the folder whose Makefile has each, for a make that does not find it by itself.
    Raises ``InfrastructureError`` and ``DeadlineError`` as ``kbuild.make`` does.
    """
    wanted = tuple(names)
    for name in wanted:
        remove(out, name)
    if not wanted:
        return Made(frozenset(), ())
    first: CommandFailedError | None = None
    for words, row in _together(wanted, folders):
        try:
            make(builder, sources, out, "-k", *row, *words)
        except CommandFailedError as error:
            first = first or error
    built = frozenset(n for n in wanted if (out / n).is_file())
    missing = [n for n in wanted if n not in built]
    failed: list[tuple[str, CommandFailedError]] = []
    for name in missing[:FEW] if first else ():
        try:
            if len(missing) > 1:
                make(builder, sources, out, name, *_word(folders, name))
        except CommandFailedError as error:
            failed.append((name, error))
        else:
            if (out / name).is_file():  # it was only hindered by another
                built |= {name}
            else:
                failed.append((name, first or CommandFailedError("make", 2, "it made no object")))
    return Made(built, tuple(failed))


def _word(folders: Mapping[str, str], name: str) -> tuple[str, ...]:
    return (f"build-dir={folders[name]}",) if folders.get(name) else ()


def _together(names: Iterable[str], folders: Mapping[str, str],
              ) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The objects that one make can be asked for, with the words that it needs."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        rows.setdefault(_word(folders, name), []).append(name)
    yield from rows.items()
