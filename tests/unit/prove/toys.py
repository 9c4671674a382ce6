# SPDX-License-Identifier: GPL-2.0-or-later
"""A right version that nothing was built for."""

from pathlib import Path

from harness.build.kernel import FinishedBuild
from harness.model import Sources
from harness.prove.baseline import Baseline
from harness.prove.ways import PROGRAMS, Way
from tests.make import guest_run


def start(commit="c" * 40):
    return FinishedBuild(Sources(Path("/s")), Path("/o"), commit, "vmlinux")


def right_of(state, head="c" * 40, *ways, **more):
    """With one way in which ``p.a`` passes, or these."""
    ways = ways or (Way(PROGRAMS, start(head), "digest", guest_run({"p.a": "PASS"}), ()),)
    return Baseline(state, head, ways, **more)
