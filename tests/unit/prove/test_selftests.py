# SPDX-License-Identifier: GPL-2.0-or-later
"""Selftests that notice wrong versions: which run first, and which do not judge."""

import zlib
from dataclasses import replace

import pytest

from harness.build.selftests import Selftests
from harness.guest import commands
from harness.guest.boot import Guest
from harness.guest.qemu import Machine
from harness.model import GuestRun, Outcome, Status
from harness.prove import selftests
from harness.run import boot_stages
from harness.run.suites import judging, running
from harness.run.suites.targets import Target
from harness.system.sandbox import Sandbox
from tests.unit.run.toys import built

HERE = ("a.c", 1)
NAMES = ("far", "near", "broken")


@pytest.fixture
def way(tmp_path, git, monkeypatch):
    """``way(**statuses)``: the way of a target on a kernel where its programs end so."""
    known = built(tmp_path, git)
    image = known.image_patched
    image = replace(image, path=image.build_dir / "bzImage")
    image.build_dir.mkdir(parents=True, exist_ok=True)
    image.path.write_bytes(b"kernel")
    made = Selftests(tuple((n, zlib.compress(b"")) for n in NAMES))
    target = Target("toy/sub", made, 20.0, 45.0, "")
    monkeypatch.setattr(judging, "ready", lambda *_: (target, image))

    def go(**statuses):
        run = GuestRun(tuple(Outcome(n, s, children=(Outcome("exit", s),))
                             for n, s in statuses.items()), (), (), 1, 1.0, "tcg")
        rows = (("toy/sub:far", frozenset()), ("toy/sub:near.a", frozenset({HERE})))
        monkeypatch.setattr(running, "booted", lambda one, *_: (run, replace(
            one, executed=(*one.executed, *rows))))
        return selftests.way(replace(known, executed=(("p", frozenset({HERE})),)), "toy/sub")
    return go


def test_what_executes_a_changed_line_is_tried_first(way, tmp_path, monkeypatch):
    found, after = way(far=Status.PASS, near=Status.PASS, broken=Status.FAIL)
    assert found.name == "selftests-toy-sub"
    assert [p.name for p in found.before.outcomes] == ["toy/sub:far", "toy/sub:near"]
    assert len(after.executed) == 3
    asked = []

    def run(guest, _path, some, _more, known):
        assert known == frozenset()
        asked.append((guest.out.name, [c.name for c in some]))
        return GuestRun(tuple(Outcome(c.name, Status.FAIL) for c in some), (), (), 1, 1.0, "tcg")
    monkeypatch.setattr(commands, "run_commands", run)
    monkeypatch.setattr(boot_stages, "guest", lambda *_: Guest(
        Machine("qemu", "tcg", 256, 2), Sandbox(enabled=False), tmp_path, 1.0, 1.0, 1.0,
        lambda _: None, tmp_path / "init"))
    said = [r(tmp_path, tmp_path / "wrong") for r in found.runs]
    assert asked == [("reaching", ["near"]), ("others", ["far"])]
    assert [p.name for r in said for p in r.outcomes] == ["toy/sub:near", "toy/sub:far"]


def test_a_target_of_which_nothing_passes_judges_nothing(way):
    assert way(far=Status.SKIP, near=Status.FAIL, broken=Status.NOT_RUN)[0] is None
