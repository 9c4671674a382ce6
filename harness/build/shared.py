# SPDX-License-Identifier: GPL-2.0-or-later
"""Bases in a directory that several machines share, by the hash of what they are made of.

What lies there is somebody else's: it is unpacked as plain files of a bounded number and size, used
in the sandbox and in guests alone, and a false one can say false things of a kernel, no more.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from harness.build.kbuild import Builder
from harness.clean import one_line
from harness.model import Say
from harness.system.sandbox import Sandbox

MOST_BYTES, MOST_FILES = 16 << 30, 500_000  # of one base
_SUFFIX = ".tar.gz"
_OUT = "out"
_MODE = 0o755


class _Refused(Exception):  # noqa: N818  (what is told of an archive, and stays in here)
    pass


def ready(place: Path, key: str, work: Path, builder: Builder, write: Callable[[], object]) -> bool:
    """Have a base in ``work``, its sources by ``write``, where it is there; whether it is."""
    if not (place / f"{key}{_SUFFIX}").is_file():
        return False
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write()
    if _take(place, key, work, builder):
        return True
    shutil.rmtree(work, ignore_errors=True)
    return False


def _take(place: Path, key: str, work: Path, builder: Builder) -> bool:
    """Unpack the objects of a base into ``work/out``; whether that could be done.

    All files are as old as one another then, and newer than sources that were written before.
    """
    path, say = place / f"{key}{_SUFFIX}", builder.say
    say(f"taking the base from {place}")
    try:
        with gzip.open(path) as raw, tarfile.open(fileobj=raw, mode="r|") as archive:
            links = _unpack(archive, work)
        for link, target in links:
            link.symlink_to(target)
    except (OSError, EOFError, zlib.error, tarfile.TarError, _Refused, ValueError) as error:
        say(f"{path}: not used: {one_line(str(error), 200)}")
        return False
    if not (work / _OUT / ".config").is_file():
        say(f"{path}: not used: it is not whole")
        return False
    _touch(work / _OUT, builder.sandbox)
    return True


def _unpack(archive: tarfile.TarFile, work: Path) -> list[tuple[Path, str]]:
    """Write files and directories; returns the links, to be made when nothing more is written."""
    links, left, number = [], MOST_BYTES, 0
    for member in archive:
        number, left = number + 1, left - max(0, member.size)
        if number > MOST_FILES or left < 0:
            raise _Refused("more than a kernel has")
        if PurePosixPath(member.name).parts[:1] != (_OUT,):
            raise _Refused(f"{member.name} is no object")
        target = work / _safe(member.name)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        elif member.issym():
            if member.linkname != "/src":
                _safe(member.linkname)
            links.append((target, member.linkname))
        elif member.isreg():
            target.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member) or io.BytesIO()
            with target.open("xb") as file:
                while piece := source.read(1 << 20):
                    file.write(piece)
            target.chmod(member.mode & _MODE | 0o600)
        else:
            raise _Refused(f"{member.name} is no file")
    return links


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise _Refused(f"{name} leads elsewhere")
    return path


def _touch(top: Path, sandbox: Sandbox) -> None:
    """Make all of one age, and the property of whoever compiles."""
    now = time.time()
    sandbox.own(top)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            sandbox.own(Path(folder) / name)
        for name in files:
            os.utime(Path(folder) / name, (now, now), follow_symlinks=False)


def give(place: Path, key: str, home: Path, say: Say) -> None:
    """Put a base there for others, whole or not at all; that it cannot be is said."""
    path = place / f"{key}{_SUFFIX}"
    if path.exists():
        return
    part = None
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place, prefix=f".{key}.", delete=False) as file:
            part = Path(file.name)
            with gzip.open(file, "wb", compresslevel=1) as raw, tarfile.open(
                    fileobj=raw, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                for name in _names(home):
                    archive.add(home / name, name, recursive=False)
        part.chmod(0o644)
        part.rename(path)
    except OSError as error:
        say(f"{place}: the base was not put there: {one_line(str(error), 200)}")
        if part is not None:  # a disk that is full is not to be filled again
            part.unlink(missing_ok=True)


def _names(home: Path) -> Iterator[str]:
    """The objects of a base, seen from its folder: directories before what is in them."""
    for folder, folders, files in os.walk(home / _OUT):
        folders.sort()
        at = Path(folder).relative_to(home)
        yield str(at)
        linked = [n for n in folders if (Path(folder) / n).is_symlink()]
        for name in sorted((*files, *linked)):
            if (Path(folder) / name).is_symlink() or (Path(folder) / name).is_file():
                yield str(at / name)
