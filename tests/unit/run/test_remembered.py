# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests said of a kernel is asked once, where it was steady."""

from dataclasses import replace

import pytest

from harness.cover.placed import Span, Watch
from harness.model import GuestRun, Outcome, Status
from harness.run import executed
from harness.run import remembered as module
from harness.run.remembered import Asked, remembered
from tests.unit.run.toys import counted, guest, image, reusing, state


@pytest.fixture
def ask(tmp_path, versions):
    """``ask(part, ...)``: how often guests have run so far."""
    known = reusing(state(tmp_path))
    made = image(tmp_path / "k")

    def go(part="a", status=Status.PASS, place="before", kernel=made, **settings):
        go.run.status = status
        one = replace(known, request=replace(known.request, settings=replace(
            known.settings, **settings)))
        remembered(one, Asked("toy", kernel, place), guest(one, place), (part,), go.run)
        return len(go.run.calls)

    def run(where):
        where.out.mkdir(parents=True, exist_ok=True)
        (where.out / "console").write_text("said")
        return GuestRun((Outcome("p", go.run.status, children=(Outcome("t", go.run.status),)),),
                        (), (), 1, 1.0, "tcg")
    go.run = counted(run)
    go.out = known.request.out
    return go


def test_the_same_question_is_asked_once_and_its_logs_are_there_for_both(ask):
    assert [ask(), ask(place="after")] == [1, 1]
    assert (ask.out / "after" / "console").read_text() == "said"


def test_another_question_machine_or_kernel_is_asked(ask, tmp_path):
    assert [ask(), ask("b"), ask(memory=99), ask(kernel=image(tmp_path / "o", b"other"))] == [
        1, 2, 3, 4]


def test_what_may_be_chance_is_asked_again(ask):
    assert [ask(status=Status.FLAKY), ask(status=Status.FLAKY)] == [1, 2]


@pytest.mark.parametrize(("control", "boots"), [("control", 1), ("", 0)])
def test_a_kernel_is_looked_at_once_for_all_of_its_guests(tmp_path, versions, monkeypatch, control,
                                                          boots):
    monkeypatch.setattr(executed, "watch", counted(Watch(((16, 4),), (Span(16, 20, "a.c", 1),))))
    nothing = GuestRun((), (), (), 1, 1.0, "tcg")
    monkeypatch.setattr(module, "run_nothing", counted(nothing))
    known = state(tmp_path)  # where nothing is cached, each look is work
    asked = Asked("toy", image(tmp_path / "k"), "after", "toys", control, "quiet")
    remembered(known, asked, guest(known, "after"), (), lambda where: nothing)
    assert len(executed.watch.calls) == 1
    assert [a[0].watched for a, _ in module.run_nothing.calls] == [((16, 4),)] * boots
    assert [(a[0].out.name, a[2]) for a, _ in module.run_nothing.calls] == [
        ("control", "quiet")] * boots


def test_logs_of_another_kernel_in_the_same_folder_are_gone(ask):
    stale = ask.out / "before" / "boot2" / "executed"
    stale.parent.mkdir(parents=True)
    stale.write_text("64\n")
    (ask.out / "before" / "console").write_text("of another")
    ask()
    assert not stale.exists()
    assert (ask.out / "before" / "console").read_text() == "said"
