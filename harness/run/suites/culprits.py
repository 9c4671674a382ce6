# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols that build what a base cannot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.build import kconfig
from harness.cover.culprit import culprit
from harness.model import Sources
from harness.run import configs, plain
from harness.run.reading import makefiles
from harness.run.state import State
from harness.run.suites.configured import Off


def culprits(state: State, objects: Iterable[str], out: Path, sources: Sources) -> Off:
    """For each of these objects the nearest symbol that a guest can do without.

    ``out``: where they were to be built, with its .config.
    """
    values, tree = kconfig.values(out), makefiles(sources)
    kept = plain.essential(configs.plain_config(state))
    found = ((culprit(tree, path, values, kept), path) for path in objects)
    return tuple({name: path for name, path in found if name}.items())
