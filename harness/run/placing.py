# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree that a series goes on, its base there, and the profiles that know its subject."""

from __future__ import annotations

from dataclasses import replace

from harness import apply, profiles, trees
from harness.build import compiled
from harness.errors import InputRefusedError
from harness.intake import read_parts
from harness.run import cache_keys, incoming
from harness.run.state import State, require


def tree_is_here(state: State) -> bool:
    """Whether the tree is one that the user gave or is in, or has been imported already."""
    name = state.settings.tree_name
    source = trees.known(name)
    return (source is None or bool(state.settings.tree or trees.here())
            or trees.cached(state.settings.cache, source) is not None)


def with_tree(state: State) -> State:
    """Get the kernel tree, and with it the base: what the mails say, or the user."""
    if state.tree is not None:
        return state
    if state.topic is not None or state.series is None:
        return replace(state, tree=trees.obtain(
            state.settings.tree_name, state.settings.cache, state.say))
    picked = incoming.choose_base(state.series, state.settings, state.say, state.own_tree)
    return replace(state, tree=picked.tree,
                   notices=(*state.notices, incoming.described(picked)))


def with_applied(state: State) -> State:
    """Apply what the port needs first, then the series: one commit per patch.

    On a tree of the user's own the first port that applies is taken.
    """
    if state.applied is not None:
        return state
    kernel = require(state.tree)
    refused: InputRefusedError | None = None
    for candidate in state.candidates:
        base = kernel.commit
        try:
            if candidate.base:
                base = cache_keys.applied(state, read_parts(candidate.base), kernel, base).head
            series = candidate.series or read_parts(candidate.patches)
            applied = cache_keys.applied(state, series, kernel, base)
        except InputRefusedError as error:
            refused = refused or error
            continue
        if not apply.touched(applied):
            raise InputRefusedError("the series changes nothing in this tree")
        return replace(state, series=series, base=base, applied=applied,
                       files=compiled.changes(applied), notices=state.notices + applied.notices)
    if refused is None:
        raise InputRefusedError("the topic has no port of the series")
    if state.topic is not None:
        raise InputRefusedError(
            f"{state.topic.title}, {state.topic.name}: none of {len(state.candidates)} ports "
            f"applies to {kernel.name}; the first: {refused.message}",
            hint="give another --tree, or add a port to patches/*/about.toml")
    raise refused


def with_profiles(state: State) -> State:
    """Find the profiles whose subject the series touches."""
    every = profiles.load_all(state.request.kselftests)
    return replace(state, profiles=profiles.applying(every, require(state.series)))
