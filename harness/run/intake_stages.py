# SPDX-License-Identifier: GPL-2.0-or-later
"""The stage that reads the series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.intake import find_topic, read_parts
from harness.run import incoming, placing, repair
from harness.run.state import Candidate, State, require


def intake(state: State) -> State:
    """Read the series, in each of its ports that may fit the tree."""
    request = state.request
    topic = find_topic(Path(request.series) if request.series else None, request.patches)
    if topic is None:
        thread = incoming.read(require(request.series), state.settings.cache, request.reading)
        state = replace(state, series=thread.series, own_tree=thread.tree,
                        notices=state.notices + thread.series.notices)
        if request.repair:
            state = placing.with_tree(state)
            before = require(state.series)
            mended = repair.mended(before, require(state.tree))
            state = replace(state, series=mended, notices=state.notices
                            + mended.notices[len(before.notices):])
        return replace(state, candidates=(Candidate((), (), require(state.series)),))
    state = replace(state, topic=topic, candidates=tuple(
        Candidate(port.base, port.patches) for port in topic.ports))
    if placing.tree_is_here(state):  # the mails that are linted are those that apply to it
        return placing.with_applied(placing.with_tree(state))
    return replace(state, series=read_parts(topic.ports[0].patches))
