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


WORDS = st.lists(st.sampled_from(["=1", "ok", "-22"]), min_size=1, max_size=3)


@given(st.dictionaries(st.integers(0, 9), st.lists(WORDS, min_size=1, max_size=4), max_size=4))
def test_answers_that_come_in_pieces_are_put_together(cases):
    lines = [f"{number} {sum(map(len, pieces[:n]))} {' '.join(piece)}"
             for number, pieces in cases.items() for n, piece in enumerate(pieces)]
    assert replay.answers(lines) == {number: [word for piece in pieces for word in piece]
                                     for number, pieces in cases.items()}


@pytest.mark.parametrize("line", ["x 0 a", "0 x a", "-1 0 a", "0 -1 a", "1.5 0 a"])
def test_what_has_no_place_in_a_case_is_no_answer(line):
    assert replay.answers([line, "3 0 b"]) == {3: ["b"]}


def test_a_difference_is_the_first_of_its_case():
    found = {0: ["1", "2"], 1: ["1", "9", "8"], 2: ["5"]}
    one, two = replay.differences(MODEL, CASES, found, 0)
    assert (one.case.number, one.at, one.expected, one.got) == (1, 1, "3", "9")
    assert (two.case.number, two.at, two.expected, two.got) == (2, 0, "4", "5")


def test_a_case_that_was_not_answered_to_its_end_differs_there():
    (one, two) = replay.differences(MODEL, CASES, {1: ["1"]}, 0)
    assert (one.at, one.got, two.at, two.got) == (1, "", 0, "")
    for word in ("case 1", "operation 2 of 3", "3", "no answer"):
        assert word in one.message


def test_answers_beyond_the_script_and_to_probes_are_nothing():
    found = {0: ["7", "7"], 1: ["1", "3", "6", "10"], 2: ["4"]}
    assert list(replay.differences(MODEL, CASES, found, 0)) == []


def test_traits_need_every_probe():
    assert replay.traits(MODEL, CASES, {0: ["1", "5"]}) == 3
    for few in ({}, {0: ["1"]}, {0: ["1", "2", "3"]}):
        assert replay.traits(MODEL, CASES, few) is None


def test_a_failed_program_says_so_and_others_are_left_alone():
    done = replay.judge(run("0 0 1 2", "1 0 1 4 6", "2 0 4"), MODEL, CASES)
    driver, other = done.outcomes
    assert (driver.status, other) == (Status.FAIL, run().outcomes[1])
    assert done.replayed == ()
    good = replay.judge(run("0 0 1 2", "1 0 1 3 6", "2 0 4"), MODEL, CASES)
    assert good.outcomes[0].status is Status.PASS


def test_the_log_of_a_difference_is_the_script_up_to_it():
    got = judged("0 0 1 2", "1 0 1 4 6", "2 0 4")["rule"].log.splitlines()
    assert "off by 0" in got[0]
    assert got[-2:] == ["1", "2"]


def test_every_fourth_case_is_of_a_kind_where_kernels_may_differ():
    kinds = [c.kind for c in replay.random_cases(MODEL, 1, 900, 0)]
    assert kinds == ["odd", "rule", "rule", "rule", "odd", "rule", "rule", "rule", "odd"]


@pytest.mark.parametrize("kinds", [{"a": "", "b": ""}, {"a": "why", "b": "why"}])
def test_a_model_of_one_sort_of_kinds_has_all_of_them(monkeypatch, kinds):
    monkeypatch.setattr(Counter, "KINDS", kinds)
    assert {c.kind for c in replay.random_cases(MODEL, 1, 2000, 0)} == {"a", "b"}


def test_kinds_take_turns(monkeypatch):
    monkeypatch.setattr(Counter, "KINDS", {"a": "", "b": "", "x": "why", "y": "why"})
    kinds = "".join(c.kind for c in replay.random_cases(MODEL, 1, 1200, 0))
    assert kinds == "xbabybabxbab"


def test_few_operations_are_one_case_and_no_two_have_the_same_script():
    assert len(replay.random_cases(MODEL, 1, 5, 0)) == 1
    cases = replay.random_cases(MODEL, 1, 600, 0)
    assert len(cases) == 6
    assert {len(c.script) for c in cases} == {replay.CASE_SIZE}
    assert len({c.script for c in cases}) == 6


def test_probes_come_with_their_scripts():
    assert replay.probes(MODEL) == (Case(0, replay.PROBE, ("1", "1")),)


def test_smaller_scripts_begin_with_the_smallest_and_leave_each_line_out_once():
    found = list(replay.smaller(("a", "b", "c", "d")))
    assert found[:2] == [("d",), ("a",)]
    assert found[-4:] == [("b", "c", "d"), ("a", "c", "d"), ("a", "b", "d"), ("a", "b", "c")]
    sizes = [len(part) for part in replay.smaller(tuple("abcdefghijklmnop"))]
    assert sizes == sorted(sizes)
    assert set(sizes) == {1, 9, 13, 14, 15}
    assert list(replay.smaller(("a",))) == []


def test_a_model_is_loaded_from_its_file(tmp_path):
    path = tmp_path / "model.py"
    path.write_text("from dataclasses import dataclass\n\n@dataclass\nclass Traits:\n"
                    "    x: 'int' = 3\n\nPROGRAM = 'toy'\n")
    model = replay.load_model(SimpleNamespace(name="toy-test", model=path))
    assert (model.PROGRAM, model.Traits().x) == ("toy", 3)


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


@pytest.mark.parametrize("line", [
    "", "5", "\u00b2 0 a", "5 \u00b2 a", "9" * 5000 + " 0 a", "x 0 a"])
def test_lines_that_only_a_hostile_guest_prints_are_passed_over(line):
    assert replay.answers(["5 0 a b", line, "5 2 c"]) == {5: ["a", "b", "c"]}
