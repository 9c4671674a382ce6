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
    """The base's objects, what make calls each (by source), and where those after it are made.

    ``failed``: the sources that do not compile on the base, and what make said.
    """

    side: BuildSide
    names: dict[str, str]
    bench: Workspace
    failed: tuple[tuple[str, str], ...] = ()


def base(state: State, config: Kconfig) -> Start:
    """Make the objects on the base, and a copy of its build directory for the series."""
    maker, tree = configs.builder(state), require(state.tree)
    bench = Workspace(maker, tree, state.work / "compile")
    bench.clear()
    found = prepared.prepare(maker, tree, state.base, config)
    with prepared.held(maker, found):
        names, failed = _on_base(state, found)
        overlay.copied(found.out, bench.work / "out")
    return Start(BuildSide(found.sources, found.out), names, bench, failed)


def _on_base(state: State, base: Prepared,
             ) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Make the base's objects of the files that the series touches: their names, and failures."""
    paths = [f.path for f in state.files if f.before is not None and not f.same]
    names = touched.names(state, base.sources, base.out, paths)
    made = objects.compile_objects(configs.builder(state), base.sources, base.out, (
        n for n in names.values() if not (base.out / n).is_file()),
        touched.homes(state, base.sources, names))
    known = touched.built(state, base.sources, base.out, names) if names else {}
    objects.drop(base.out, set(names.values()) - set(known.values()))
    why = made.reasons
    return known, tuple((path, why[name]) for path, name in known.items() if name in why)
