# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of a kernel, by where they are."""

from __future__ import annotations

import contextlib

from harness.build import linetables
from harness.cover import reached
from harness.cover.reached import Symbols
from harness.errors import CommandFailedError
from harness.model import KernelImage
from harness.run import cache_keys
from harness.run.state import State


def functions(state: State, image: KernelImage) -> Symbols:
    """All functions of a kernel, and the files of those that are a file's own."""
    if not (image.build_dir / linetables.IMAGE).is_file():
        return Symbols((), ())

    def ask() -> Symbols:
        with contextlib.suppress(CommandFailedError):
            return reached.symbols(linetables.symbols_by_file(state.box(), image.build_dir))
        return Symbols((), ())
    return cache_keys.memo(state, "functions", cache_keys.kernel(image.path), ask,
                           keep=lambda known: known.text is not None)[0]
