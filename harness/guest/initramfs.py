# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes an initramfs (cpio "newc"). Pure: names and bytes in, bytes out.

Documentation/driver-api/early-userspace/buffer-format.rst
"""

from __future__ import annotations

from collections.abc import Mapping

_FILE = 0o100000
_DIRECTORY = 0o040000
_CHAR = 0o020000
_LINK = 0o120777
NO_LINKS: Mapping[str, str] = {}


def _entry(number: int, name: str, mode: int, data: bytes = b"", rdev: tuple[int, int] = (0, 0),
           ) -> bytes:
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % f for f in fields) + path
    return _pad(header) + _pad(data)


def _pad(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def pack(files: Mapping[str, tuple[int, bytes]], links: Mapping[str, str] = NO_LINKS) -> bytes:
    """Pack ``path -> (permissions, content)`` and links with the directories they need.

    /dev/console and /dev/null are added: init needs them before devtmpfs. An archive may follow
    another one, and what it has lies over what is there.
    """
    directories = {"dev"} | {
        "/".join(parts[:n]) for path in (*files, *links)
        for parts in (path.split("/"),) for n in range(1, len(parts))}
    blocks = [_entry(n, name, _DIRECTORY | 0o755) for n, name in enumerate(sorted(directories), 1)]
    number = len(blocks)
    blocks.append(_entry(number + 1, "dev/console", _CHAR | 0o600, rdev=(5, 1)))
    blocks.append(_entry(number + 2, "dev/null", _CHAR | 0o666, rdev=(1, 3)))
    blocks += [_entry(number + 3 + n, name, _FILE | mode, data)
               for n, (name, (mode, data)) in enumerate(sorted(files.items()))]
    blocks += [_entry(number + 3 + len(files) + n, name, _LINK, target.encode())
               for n, (name, target) in enumerate(sorted(links.items()))]
    blocks.append(_entry(0, "TRAILER!!!", 0))
    return b"".join(blocks)
