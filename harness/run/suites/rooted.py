# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts of a target find in a guest: a root of the host's packages, and their folder."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable
from dataclasses import replace

from harness.build import root
from harness.build.selftests import Selftests
from harness.cache import store
from harness.errors import ToolMissingError
from harness.guest import initramfs
from harness.guest.boot import Command, Load

PLACE = "selftests"
NOTHING = Load(())


def able(made: Selftests) -> Selftests:
    """A target whose scripts can run here, or those left out with the reason."""
    try:
        if made.scripts:
            _root()
    except ToolMissingError as error:
        return replace(made, scripts=(), failed=(*made.failed, *(
            (name, f"it is a script: {error.message}") for name, _ in made.scripts)))
    return made


def load(made: Selftests, todo: Iterable[Command]) -> Load:
    """What scripts among these find in a guest: programs alone need nothing.

    Raises ``ToolMissingError``.
    """
    if not any(map(is_script, todo)):
        return NOTHING
    files = {f"{PLACE}/{name}": (mode, zlib.decompress(content))
             for name, (mode, content) in made.folder.files.items()}
    links = {f"{PLACE}/{name}": to for name, to in made.folder.links.items()}
    return Load((), archives=(_root(), initramfs.pack(files, links)))


def is_script(command: Command) -> bool:
    """Whether a command is a ``wrapper``: a program needs nothing of a root."""
    return command.content.startswith(b"#!")


def wrapper(target: str, name: str, shell: str) -> bytes:
    """A script that runs one of a target's in its own folder."""
    return f"#!/bin/sh\ncd '/{PLACE}/{target}' && exec {shell} './{name}'\n".encode()


def parts(more: Load, todo: Iterable[Command]) -> tuple[str, ...]:
    """For a cache key: what a guest has and runs."""
    return (store.digest(*more.archives), *(
        part for c in todo for part in (c.name, store.digest(c.content))))


@functools.cache
def _root() -> bytes:
    made = root.make()
    return initramfs.pack(made.files, made.links)
