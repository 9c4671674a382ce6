# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the base boots in the configuration that compiles the series; else the plain one does."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import NoBootError
from harness.guest import boot
from harness.run import boot_stages, cache_keys, configs, single
from harness.run.state import State, require


def checked(state: State) -> State:
    """Boot the base once where its configuration was searched for this series.

    One that does not boot is said, and the plain one is to be built instead; what the series
    touches is compiled in the other one all the same.
    """
    if not any(state.configured.settings[:1]):
        return state
    key = cache_keys.kernel(require(state.image_base).path)
    why, state = cache_keys.memo(state, "boots", key, lambda: _why_not(state),
                                 keep=lambda reason: not reason)
    if not why:
        return state
    said = (f"the configuration that compiles the series does not boot ({why}): it is compiled in "
            "that one, and the plain one boots")
    state = replace(state, boots_plain=True, notices=(*state.notices, said))
    return single.in_configuration(state, configs.numbered(state, 0), configs.name_of(state, 0),
                                   told=True, first=True)


def _why_not(state: State) -> str:
    state.say("booting the base once")
    where = boot_stages.guest(state, "probe")
    try:
        done = boot.boot_once(where, require(state.image_base).path, boot.Load(()), {}, 0)
    except NoBootError as error:
        return error.message
    return "" if done.bye else "the guest did not come to its end"
