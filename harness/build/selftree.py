# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of a target of the selftests as its scripts see it: themselves, data, what was built.

It is read out of the sandbox as an archive: what a hostile tree links to is the guest's.
"""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.build.kbuild import Builder
from harness.model import Sources

MOST = 48 << 20  # bytes
MOST_FILES = 5_000
TIMEOUT = 60.0
SELFTESTS = "tools/testing/selftests"
SHELLS = ("bash", "sh", "dash")
_NAME = re.compile(r"[\w.+/-]{1,200}", re.ASCII)
_HEAD = re.compile(rb"^#! *(?:/usr/bin/env +)?(\S+)")
# Sources and objects are no use there; what folders above share are their scripts.
_FIND = """cd "$1" && { find "$2" kselftest -name "*.[choS]" -o \\( -type f -size -4096k \\
-o -type l \\) -print0; d=$2; while d=$(dirname "$d"); do
find "$d" -maxdepth 1 -name "*.sh" -print0; [ "$d" = . ] && break; done; } 2>/dev/null |
tar --null -T - --no-recursion -cf -"""
_BUILT = 'cd "$1" && find . -type f -perm -100 -size -16384k -print0 | tar --null -T - -cf -'


@dataclass(frozen=True, slots=True)
class Folder:
    """Files with permissions and compressed content, and links, by their paths there."""

    files: dict[str, tuple[int, bytes]]
    links: dict[str, str]


def read(builder: Builder, sources: Sources, out: Path, target: str) -> Folder:
    """What a target's scripts find, with what was built in ``out``."""
    box = builder.sandbox
    root = f"{box.path(sources.root, '/src')}/{SELFTESTS}"
    folder = _taken(_tar(builder, [_FIND, root, target], sources.binds("/src")), "")
    made = _taken(_tar(builder, [_BUILT, box.path(out, "/out")], {out: "/out"}), target)
    return Folder(folder.files | made.files, folder.links)


def _tar(builder: Builder, words: list[str], ro: dict[Path, str]) -> bytes:
    script, *rest = words
    return builder.sandbox.run(["sh", "-c", script, "sh", *rest], ro=ro, ok=None,
                               timeout=TIMEOUT, keep=MOST).stdout


def _taken(data: bytes, under: str) -> Folder:
    """The files of an archive; one that was cut off has what is whole."""
    files: dict[str, tuple[int, bytes]] = {}
    links: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as archive:
            for row in archive:
                name = posixpath.normpath(posixpath.join(under, row.name))
                if name.startswith((".", "/")) or not _NAME.fullmatch(name) or (
                        len(files) + len(links) >= MOST_FILES):
                    continue
                if row.issym() and _NAME.fullmatch(row.linkname):
                    links[name] = row.linkname
                elif row.isreg() and (content := archive.extractfile(row)):
                    files[name] = (0o755 if row.mode & 0o100 else 0o644,
                                   zlib.compress(content.read(), 1))
    except tarfile.TarError:
        pass
    return Folder(files, links)


def scripts(folder: Folder, target: str, names: Iterable[str],
            ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The scripts that a guest can run, each with its shell, and why it cannot run others."""
    able, left = [], []
    for name in names:
        content = folder.files.get(posixpath.normpath(f"{target}/{name}"), (0, b""))[1]
        match = _HEAD.match(zlib.decompress(content)[:200]) if content else None
        wanted = posixpath.basename(match.group(1).decode("utf-8", "replace")) if match else "sh"
        if not content or not _NAME.fullmatch(name):
            left.append((name, "it is no script of that folder"))
        elif wanted in SHELLS:
            able.append((name, "bash" if wanted == "bash" else "sh"))
        else:
            left.append((name, f"it is a script for {wanted[:40]}, which the guest has not"))
    return tuple(able), tuple(left)
