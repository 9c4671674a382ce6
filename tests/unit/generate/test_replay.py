# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import profiles
from harness.errors import UsageError
from harness.generate import replay
from harness.generate.replay import Case
from harness.model import GuestRun, Outcome, Status
from harness.settings import ROOT


class Counter:
    """The smallest model: an operation is a number, the answer is the sum so far."""

    PROGRAM = "driver"
    KINDS = {"rule": "", "odd": "nobody promised"}  # noqa: RUF012
    EXPECTATIONS = {"double": "every sum is twice as much"}  # noqa: RUF012

    def probes(self):
        return (("1", "1"),)

    def traits(self, answers):
        return int(answers[0][1]) - 2

    def describe(self, found):
        return f"off by {found}"

    def generate(self, kind, seed, size):
        return tuple(str((seed + n) % 7) for n in range(size))

    def mode(self, kind, script):
        return "plain"

    def expect(self, kind, script, found):
        total, out = found, []
        for line in script:
            total += int(line)
            out.append(str(total))
        return tuple(out)

    def sentences(self, script, found):
        return tuple(f"add {line}" for line in script)


MODEL = Counter()
CASES = (*replay.probes(MODEL), Case(1, "rule", ("1", "2", "3")), Case(2, "odd", ("4",)))


def run(*lines, status=Status.PASS):
    tests = tuple(Outcome(k, status) for k in MODEL.KINDS)
    program = Outcome("driver", Status.PASS, children=tests)
    other = Outcome("other", Status.PASS, children=(Outcome("t", Status.PASS),))
    return GuestRun((program, other), (), (), 1, 1.0, "tcg", lines)


def judged(*lines, **more):
    done = replay.judge(run(*lines, **more), MODEL, CASES)
    return {t.name: t for t in done.outcomes[0].children}


def test_the_script_file():
    assert replay.render(MODEL, CASES) == (
        b"case 0 probe plain\n1\n1\ncase 1 rule plain\n1\n2\n3\ncase 2 odd plain\n4\n")


def test_answers_as_in_the_model_pass_and_say_how_many():
    got = judged("0 0 1 2", "1 0 1 3", "1 2 6", "2 0 4")
    assert {t.status for t in got.values()} == {Status.PASS}
    assert got["rule"].reason == "3 operations as in the model (off by 0)"


def test_traits_are_found_by_probing():
    got = judged("0 0 6 7", "1 0 6 8 11", "2 0 9")
    assert {t.status for t in got.values()} == {Status.PASS}


def test_a_difference_fails_and_names_the_operation():
    got = judged("0 0 1 2", "1 0 1 4 6", "2 0 4")
    assert got["rule"].status is Status.FAIL
    assert "operation 2 of 3 (2): the model says 3, the kernel 4" in got["rule"].reason
    assert got["odd"].status is Status.PASS


def test_where_kernels_may_differ_it_is_no_failure():
    got = judged("0 0 1 2", "1 0 1 3 6", "2 0 9")
    assert (got["rule"].status, got["odd"].status) == (Status.PASS, Status.XFAIL)
    assert "nobody promised" in got["odd"].reason


@pytest.mark.parametrize("lines", [
    (), ("0 0 1",), ("0 0 1 2",), ("0 0 1 2", "1 0 1 3"), ("0 0 1 2", "1 x 1"),
])
def test_answers_that_are_missing_are_no_success(lines):
    assert judged(*lines)["rule"].status is Status.FAIL


def test_a_driver_that_did_not_end_well_keeps_its_status():
    assert judged("0 0 1 2", "1 0 1 3 6", status=Status.CRASHED)["rule"].status is Status.CRASHED


def test_a_case_that_was_run_again_is_taken_anew():
    assert replay.answers(["1 0 a b", "1 2 c", "1 0 x y z"]) == {1: ["x", "y", "z"]}


def test_equal_seeds_equal_cases_whatever_the_number():
    few, many = (replay.random_cases(MODEL, 5, n, 3) for n in (300, 900))
    assert many[:3] == few
    assert [c.number for c in few] == [3, 4, 5]
    assert replay.random_cases(MODEL, 6, 300, 3) != few
    assert {c.kind for c in many} == set(MODEL.KINDS)


@given(st.lists(st.integers(0, 9).map(str), min_size=1, max_size=30).map(tuple))
def test_smaller_scripts_are_parts_and_end(script):
    for part in replay.smaller(script):
        assert 0 < len(part) < len(script)
        rest = iter(script)
        assert all(line in rest for line in part)


@given(st.lists(st.text(max_size=30)))
def test_anything_that_a_guest_says_is_taken(lines):
    lines = [line for line in lines if len(line.split()) >= 2]
    replay.answers(lines)


def test_a_profile_without_a_model_says_so(tmp_path):
    profile = SimpleNamespace(name="x", model=None)
    with pytest.raises(UsageError, match="no model"):
        replay.load_model(profile)
    profile = SimpleNamespace(name="x", model=tmp_path / "none.py")
    with pytest.raises(UsageError, match="no such model"):
        replay.load_model(profile)


@pytest.mark.parametrize("about", sorted((ROOT / "kselftests").glob("*/about.toml")),
                         ids=lambda p: p.parent.name)
def test_every_shipped_model_follows_the_protocol(about):
    profile = profiles.load(Path(about).parent)
    if profile.model is None:
        return
    model = replay.load_model(profile)
    for kind in model.KINDS:
        script = model.generate(kind, 1, 50)
        found = model.traits([model.expect(kind, p, _any_traits(model)) for p in model.probes()])
        assert found == _any_traits(model), "a model that probes itself finds its own traits"
        assert len(model.expect(kind, script, found)) == len(script)
        assert model.sentences(script, found)
        assert model.mode(kind, script)


def _any_traits(model):
    return model.Traits()
