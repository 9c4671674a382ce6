# SPDX-License-Identifier: GPL-2.0-or-later
"""The base's objects of the files that a series touches."""

from __future__ import annotations

from dataclasses import dataclass

from harness.build import objects, overlay, prepared
from harness.build.codecheck import BuildSide
from harness.build.kernel import Workspace
from harness.build.prepared import Prepared
from harness.model import Kconfig
from harness.run import configs
from harness.run.single import touched
from harness.run.state import State, require


@dataclass(frozen=True, slots=True)
class Start:
    """The base's objects, what make calls each (by source), and where those after it are made."""

    side: BuildSide
    names: dict[str, str]
    bench: Workspace


def base(state: State, config: Kconfig) -> Start:
    """Make the objects on the base, and a copy of its build directory for the series."""
    maker, tree = configs.builder(state), require(state.tree)
    bench = Workspace(maker, tree, state.work / "compile")
    bench.clear()
    found = prepared.prepare(maker, tree, state.base, config)
    with prepared.held(maker, found):
        names = _on_base(state, found)
        overlay.copied(found.out, bench.work / "out")
    return Start(BuildSide(found.sources, found.out), names, bench)


def _on_base(state: State, base: Prepared) -> dict[str, str]:
    """Make the base's objects of the files that the series touches; return their names."""
    paths = [f.path for f in state.files if f.before is not None and not f.same]
    names = touched.names(state, base.sources, base.out, paths)
    objects.compile_objects(configs.builder(state), base.sources, base.out, (
        n for n in names.values() if not (base.out / n).is_file()))
    known = touched.built(state, base.sources, base.out, names) if names else {}
    objects.drop(base.out, set(names.values()) - set(known.values()))
    return known
