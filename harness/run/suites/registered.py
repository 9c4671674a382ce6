# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites that the patched tree registers."""

from __future__ import annotations

from harness.evidence import Changed, arch_of
from harness.model import Sources
from harness.run import cache_keys, patched
from harness.run.reading import reader
from harness.run.state import State, require
from harness.suites import kunit
from harness.suites.kunit import Suite
from harness.system import repo


def suites(state: State) -> tuple[Suite, ...]:
    """All of them that are not another architecture's, with what the series adds."""
    return cache_keys.memo(state, "kunit-suites", key(state), lambda: _suites(state))[0]


def key(state: State) -> tuple[str, ...]:
    """The cache key of the suites: most series change none."""
    own = (f.path for f in state.files if any(
        kunit.WORD in (text or "") for text in (f.before, f.after)))
    return (cache_keys.read_by(state, "test", "kunit", *own), state.target.srcarch)


def _suites(state: State) -> tuple[Suite, ...]:
    applied = require(state.applied)
    paths = repo.grep(applied.tree.repo, applied.head, rf"\b{kunit.WORD}(init_section_)?suite",
                      kunit.GLOBS)
    texts = ((p, repo.show(applied.tree.repo, applied.head, p)) for p in paths
             if not p.startswith(kunit.OUTSIDE) and arch_of(p) in {"", state.target.srcarch})
    return tuple(s for path, text in texts if text
                 for s in kunit.suites(path, text.decode("utf-8", "replace")))


def added(state: State, rows: tuple[Suite, ...]) -> tuple[Suite, ...]:
    """Those whose files the series adds: the base has none of them."""
    new = {f.path for f in state.files if f.before is None}
    return tuple(s for s in rows if s.path in new)


def sources(state: State) -> Sources:
    """The patched tree, in which those are."""
    return patched.sources(state, require(state.image_base).sources, "suites/head")


def files(rows: tuple[Suite, ...], sources: Sources) -> tuple[Changed, ...]:
    """The files of suites, as if the lines were new that register them."""
    read = reader(sources)
    return tuple(
        Changed(path, None, read(path) or "", (), tuple(s.line for s in rows if s.path == path))
        for path in dict.fromkeys(s.path for s in rows))
