# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the tree's suites run, what becomes of them, and what is said of the others."""

from dataclasses import replace

import pytest

from harness.errors import CommandFailedError, NoBootError
from harness.evidence import Changed
from harness.guest.kunit import Apart
from harness.model import GuestRun, Kconfig, Outcome, Severity, Status
from harness.run.state import NotRunError, SkippedStage
from harness.run.suites import boots, choice, configured, registered, run_suites, sides
from harness.run.suites.configured import Suites
from harness.suites.kunit import Suite
from tests.unit.run.toys import built, counted, image, raises

A, B = Suite("a", "fs/a_kunit.c", 9), Suite("b", "net/b_test.c", 5)
NAMELESS = Suite("", "mm/n_test.c", 3)
CONFIG = Kconfig(("CONFIG_KUNIT=y",))


def ran(*names, status=Status.PASS):
    return GuestRun(tuple(Outcome(f"kunit:{n}", status, children=(Outcome("one", status),))
                          for n in names), (), (), 1, 1.0, "tcg")


BOTH = ran("a", "b")


@pytest.fixture
def known(tmp_path, git, versions):
    return built(tmp_path, git)


@pytest.fixture
def suites(known, monkeypatch, tmp_path):
    """``suites(before, after, *asked)``: the state; an exception is what a boot ends with."""
    def go(before=BOTH, after=None, *asked, rows=(A, B), unmet=(), builds=None, base=None,
           one=known, apart=()):
        answers = iter([before, before if after is None else after])

        def booted(state, _image, names, side, *, without, known=None, alone=(), rows=()):
            go.alone = alone
            assert bool(rows) == (side == "after")
            assert (known is None) == (side == "before")
            go.booted.append((side, sorted(without)))
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer, state
        go.booted = []
        monkeypatch.setattr(registered, "suites", lambda _: rows)
        monkeypatch.setattr(configured, "configured", lambda *_: Suites(rows, CONFIG, unmet))
        dead = tuple(n for n, why in dict(apart).items() if why == boots.FATAL)
        monkeypatch.setattr(boots, "apart", lambda *_: Apart((), dead, ("seen",)))
        monkeypatch.setattr(boots, "reasons", lambda _: dict(apart))
        monkeypatch.setattr(sides, "base", base or counted(image(tmp_path / "kb")))
        monkeypatch.setattr(sides, "patched", builds or (
            lambda now, start, config: (image(tmp_path / "kp"), now)))
        monkeypatch.setattr(boots, "booted", booted)
        return run_suites(replace(one, request=replace(one.request, suites=asked)))
    return go


def told(state):
    return [(s.name, s.ran, s.why) for s in state.suites]


def test_the_suites_that_belong_decide_and_all_run(suites, known):
    after = suites(ran("a", "b"), ran("a", "b", status=Status.FAIL))
    assert [p.name for p in after.before.outcomes] == ["kunit:a", "kunit:b"]
    assert [p.status for p in after.after.outcomes] == [Status.FAIL, Status.FAIL]
    assert told(after) == [("a", True, "it is called after fs/a.c"),
                           ("b", True, "its kernel is built with all of them")]
    assert (after.not_run, after.findings) == (known.not_run, known.findings)
    assert suites.booted == [("before", []), ("after", [])]


def test_results_of_other_programs_stay(suites, known):
    mine = GuestRun((Outcome("p", Status.PASS),), (), (), 2, 3.0, "tcg")
    after = suites(one=replace(known, before=mine, after=mine))
    assert [p.name for p in after.after.outcomes] == ["p", "kunit:a", "kunit:b"]


def test_a_tree_without_suites_says_so(suites):
    with pytest.raises(SkippedStage, match="the tree has no KUnit suites") as caught:
        suites(rows=())
    assert not caught.value.applies


def test_where_none_belongs_nothing_is_built_and_it_is_said(suites):
    with pytest.raises(SkippedStage, match="--suite all runs the tree's 1 KUnit suites") as caught:
        suites(rows=(B,))
    assert told(caught.value.state) == [("b", False, choice.UNKNOWN)]
    assert sides.base.calls == []


def test_the_user_may_want_none_all_or_one(suites):
    with pytest.raises(SkippedStage, match="--suite none"):
        suites(ran("a"), None, "none")
    for word in ("all", "kunit"):
        after = suites(ran("b"), None, word, rows=(B,))
        assert told(after) == [("b", True, f"--suite {word}")]
    assert told(suites(ran("b"), None, "b", rows=(B,))) == [("b", True, "--suite b")]


def test_a_comment_alone_asks_for_no_test(suites, known):
    same = Changed("fs/a.c", "int a;\n", "int a; /* x */\n", (1,), (1,))
    with pytest.raises(SkippedStage):
        suites(one=replace(known, files=(same,)), rows=(A,))


def test_one_that_belongs_and_cannot_be_built_is_a_gap(suites):
    after = suites(ran("b"), None, unmet=(("fs/a_kunit.c", "A stays off"),))
    assert told(after)[0] == ("a", False, "A stays off")
    assert after.not_run == (
        "KUnit suite a, which belongs to the change: NOT_RUN: A stays off",)


def test_one_that_the_series_adds_runs_on_the_patched_kernel(suites, known, monkeypatch):
    new = Changed("fs/a_kunit.c", None, "int b;\n", (), (1,))
    more = Suites((A,), Kconfig(("with a",)))
    monkeypatch.setattr(configured, "added", counted(more))
    seen = []
    after = suites(ran("b"), ran("a", "b"), one=replace(known, files=(new,)),
                   builds=lambda now, _, config: seen.append(config) or (image(
                       known.request.out / "kp"), now))
    assert seen == [more.config]
    assert configured.added.calls[0][0][1] == (A,)
    assert told(after)[0] == ("a", True, "the series changes it")
    assert after.not_run == ()


def test_one_that_the_series_adds_and_cannot_be_built_is_a_gap(suites, known, monkeypatch):
    new = Changed("fs/a_kunit.c", None, "int b;\n", (), (1,))
    monkeypatch.setattr(configured, "added", counted(
        Suites((A,), CONFIG, (("fs/a_kunit.c", "no Makefile lists it"),))))
    after = suites(ran("b"), ran("b"), one=replace(known, files=(new,)))
    assert after.not_run == (
        "KUnit suite a, which belongs to the change: NOT_RUN: no Makefile lists it",)


def test_one_that_said_nothing_on_the_base_is_a_gap(suites):
    after = suites(ran("b"))
    assert after.not_run == (
        "KUnit suite a, which belongs to the change: NOT_RUN: it said nothing",)


def test_one_whose_name_is_computed_counts_as_run_where_it_is_built(suites, known):
    one = replace(known, files=(Changed("mm/n.c", "int a;\n", "int b;\n", (1,), (1,)),))
    assert told(suites(ran("x"), rows=(NAMELESS,), one=one)) == [
        ("", True, "it is called after mm/n.c")]


def test_one_that_the_base_does_not_survive_runs_by_itself_where_it_belongs(suites):
    after = suites(apart={"a": boots.FATAL})
    assert suites.booted == [("before", ["a"]), ("after", ["a"])]
    assert suites.alone == ("a",)
    assert told(after)[0] == ("a", True, "it is called after fs/a.c")
    after = suites(ran("a"), apart={"b": boots.FATAL})
    assert suites.alone == ()
    assert told(after)[1] == ("b", False, boots.FATAL)


def test_one_that_nobody_got_to_did_not_run(suites):
    after = suites(ran("a", status=Status.NOT_RUN))
    assert after.not_run == (
        "KUnit suite a, which belongs to the change: NOT_RUN: it said nothing",)


def test_a_slow_one_runs_where_it_belongs(suites):
    after = suites(ran("a"), apart={"a": "it takes 9 s", "b": "it takes 7 s"})
    assert suites.booted == [("before", ["b"]), ("after", ["b"])]
    assert told(after) == [("a", True, "it is called after fs/a.c"), ("b", False, "it takes 7 s")]
    assert after.not_run == ()
    suites(BOTH, None, "all", apart={"b": "it takes 7 s"})
    assert suites.booted == [("before", []), ("after", [])]


def test_a_base_that_does_not_build_with_them_blames_nobody(suites):
    with pytest.raises(NotRunError, match="the base does not build with its KUnit suites: no"
                       ) as caught:
        suites(base=raises(CommandFailedError("make", 2, "no")))
    assert [s.ran for s in caught.value.state.suites] == [False, False]
    assert caught.value.state.not_run == (), "the stage itself says it"


def test_a_base_that_does_not_boot_with_them_blames_nobody(suites):
    with pytest.raises(NotRunError, match="the base does not boot with its KUnit suites") as caught:
        suites(NoBootError("the guest does not boot: x", "said"))
    assert caught.value.state.findings == ()


def test_a_patched_kernel_that_does_not_build_with_them_is_a_finding(suites):
    (found_,) = suites(builds=raises(CommandFailedError("make", 2, "no"))).findings
    assert (found_.rule, found_.severity) == ("build-error", Severity.ERROR)


def test_a_patched_kernel_that_does_not_boot_with_them_is_a_finding(suites):
    after = suites(ran("a", "b"), NoBootError("the guest does not boot: panic", "trace"))
    (found_,) = after.findings
    assert (found_.rule, found_.evidence) == ("boot-failure", "trace")
    assert "with the tree's KUnit suites" in found_.message
    assert after.before is None, "half a comparison is none"
