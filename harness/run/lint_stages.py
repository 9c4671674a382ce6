# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that lint: mails, diffs, and the series on its tree."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import InputRefusedError
from harness.lint import lint, on_tree
from harness.run import cache_keys, placing
from harness.run.state import NotRunError, SkippedStage, State, require


def check_lint(state: State) -> State:
    """Rules over mails and diffs."""
    return replace(state, findings=state.findings + lint(require(state.series)))


def check_on_tree(state: State) -> State:
    """Rules over the series on its tree, and the tree's own checkpatch."""
    series, box = require(state.series), state.box()
    if state.applied is None:
        state = _place_for_lint(state)
    applied = require(state.applied)
    asks = (series, applied.tree, applied.base, box)
    key = cache_keys.mails(state, series)
    found = on_tree.findings(series, applied, state.profiles, lambda: cache_keys.memo(
        state, "maintainers", key, lambda: on_tree.maintainers(*asks))[0])
    not_run, unread = state.not_run, state.unread
    if state.request.checkpatch:
        said, _ = cache_keys.memo(state, "checkpatch", key, lambda: on_tree.check_patches(*asks),
                                  keep=lambda made: made is None or not made.unread)
        if said is None:
            not_run += (f"checkpatch: NOT_RUN: {applied.tree.name} has no scripts/checkpatch.pl",)
        else:
            found += said.found
            unread += tuple(f"checkpatch: NOT_RUN: {why}" for why in said.unread)
    return replace(state, findings=state.findings + found, not_run=not_run, unread=unread)


def _place_for_lint(state: State) -> State:
    """For lint alone: the tree, when there is one without a download that the series fits.

    Raises ``SkippedStage`` where there is none, and ``NotRunError`` where the series does not fit
    one that the user has not named.
    """
    if not state.own_tree and not placing.tree_is_here(state):
        raise SkippedStage("no tree yet: --tree NAME or PATH, or 'harness check' once",
                           applies=True)
    try:
        return placing.with_profiles(placing.with_applied(placing.with_tree(state)))
    except InputRefusedError as error:
        if state.settings.tree:
            raise
        raise NotRunError(f"{error.message}; --tree names the tree that it is for", state) from None
