# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that is no word about its kernel boots a second time."""

from dataclasses import replace

import pytest

from harness.errors import InfrastructureError
from harness.guest import sure
from harness.guest.boot import Boot, Load
from harness.model import Splat

ENDED = Boot({}, {}, (), (), hello=True, bye=True, why="", tail="")
DIED = replace(ENDED, bye=False, why="the kernel panicked")
SILENT = replace(DIED, hello=False, why="no life sign within 15 s")
KILLED = replace(DIED, why="QEMU was killed by signal 9", killed=True)
WARNED = replace(KILLED, splats=(Splat("WARNING: x", "trace", "a.b"),))
OOPS = replace(KILLED, splats=(Splat("BUG: null", "trace", "a.b", fatal=True),))


PANICKED = replace(OOPS, hello=False, killed=False, why="the kernel panicked")


@pytest.fixture
def boot(guest, monkeypatch, tmp_path):
    def go(*boots):
        rows, go.numbers = list(boots), []

        def boot_once(_guest, _kernel, _load, _todo, number):
            go.numbers.append(number)
            return rows.pop(0)
        monkeypatch.setattr(sure, "boot_once", boot_once)
        return sure.boot_surely(guest, tmp_path, Load(()), 3, lambda b: not b.hello)
    return go


@pytest.mark.parametrize("first", [ENDED, DIED, OOPS, replace(ENDED, hello=False)])
def test_what_says_something_counts(boot, first):
    assert boot(first) == first
    assert boot.numbers == [3]


@pytest.mark.parametrize("first", [SILENT, KILLED, WARNED, PANICKED])
@pytest.mark.parametrize("second", [ENDED, DIED, SILENT, OOPS, PANICKED])
def test_else_the_second_counts(boot, first, second):
    assert boot(first, second) == second
    assert boot.numbers == [3, 1003]


def test_killed_twice_blames_nobody(boot):
    with pytest.raises(InfrastructureError, match="killed by signal 9: no word"):
        boot(KILLED, KILLED)
