# SPDX-License-Identifier: GPL-2.0-or-later
"""Campaigns and shrinking, on kernels that are a few lines of Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import profiles
from harness.errors import InfrastructureError
from harness.generate import replay
from harness.model import Splat
from harness.prove import fuzz, replayers
from harness.report.document import View
from harness.report.fuzz import lines
from harness.settings import ROOT
from tests.unit.generate.test_replay import Counter

MODEL = Counter()


def quiet(_):
    """Nobody listens."""


def kernel(answer):
    """A replayer whose kernel answers a script by ``answer(script) -> words``."""
    def run(cases):
        return replayers.Answers({c.number: list(answer(c.script)) for c in cases})
    return run


def honest(script):
    return MODEL.expect("rule", script, 0)


def forgets_six(script):
    """After a 5, a 6 is lost."""
    total, seen = 0, False
    for line in script:
        seen |= line == "5"
        total += 0 if seen and line == "6" else int(line)
        yield str(total)


def campaign(answer, operations=2000, **plan):
    run = answer if callable(answer) and answer.__name__ == "run" else kernel(answer)
    return fuzz.campaign(MODEL, run, fuzz.CampaignPlan(3, operations, **plan), quiet)


def test_a_kernel_like_the_model_passes_all_operations():
    result = campaign(honest)
    assert result.found == ()
    assert result.operations >= 2000


def test_a_difference_is_shrunk_to_what_it_takes():
    result = campaign(forgets_six)
    assert {f.first.case.kind for f in result.found} <= set(MODEL.KINDS)
    assert result.found
    for found in result.found:
        assert found.shortest.case.script == ("5", "6")
        assert (found.shortest.expected, found.shortest.got) == ("11", "5")
        assert len(found.first.case.script) > 2


def test_an_expectation_is_what_is_compared_with():
    class Doubler(Counter):
        def expecting(self, found, name):
            return found + 1

    result = fuzz.campaign(Doubler(), kernel(honest), fuzz.CampaignPlan(3, 500, "double"), quiet)
    assert {len(f.shortest.case.script) for f in result.found} == {1}


def test_a_kernel_that_dies_shrinks_too_and_its_words_are_kept():
    def run(cases):
        words = {}
        for case in cases:
            words[case.number] = []
            for line, word in zip(case.script, honest(case.script), strict=True):
                if line == "4" and case.kind != replay.PROBE:
                    return replayers.Answers(words, (Splat("Oops in four", "Oops"),))
                words[case.number].append(word)
        return replayers.Answers(words)

    found = fuzz.campaign(MODEL, run, fuzz.CampaignPlan(3, 2000), quiet).found[0]
    assert found.shortest.case.script == ("4",)
    assert found.shortest.got == ""
    assert "no answer" in found.shortest.message
    assert found.splat == "Oops in four"


def test_a_kernel_that_cannot_begin_is_not_tested():
    def run(_cases):
        return replayers.Answers({}, skipped="cannot open /dev/kvm")

    result = fuzz.campaign(MODEL, run, fuzz.CampaignPlan(3, 100), quiet)
    assert result.skipped == "cannot open /dev/kvm"
    answer = fuzz.document(result, MODEL, "x")
    assert answer.code == 4
    assert lines(answer.data, View()) == ["NOT TESTED  cannot open /dev/kvm"]


def test_a_kernel_that_does_not_answer_the_probes_is_no_difference():
    with pytest.raises(InfrastructureError, match="probes"):
        fuzz.campaign(MODEL, lambda _: replayers.Answers({}), fuzz.CampaignPlan(3, 100), quiet)


def test_what_is_said_and_what_is_written():
    result = campaign(forgets_six)
    answer = fuzz.document(result, MODEL, "harness fuzz --seed 3")
    document = answer.data
    assert answer.code == 1
    assert document["seed"] == 3
    assert document["differences"][0]["script"] == ["5", "6"]
    text = "\n".join(lines(document, View()))
    assert "the model says 11, the kernel 5" in text
    assert text.endswith("repeat: harness fuzz --seed 3")


@pytest.mark.parametrize("got", ['h:0"]\nsteps = ["drain', "\\", "*/ int main(", "\x1b[2J"])
def test_what_a_kernel_answers_cannot_break_out_of_spec_or_c(tmp_path, got):
    profile = profiles.load(ROOT / "kselftests" / "coalesced_io")
    model = replay.load_model(profile)
    case = replay.Case(7, "contract", ("r 1 70 1", "o 0 70 1 5a"))
    found = fuzz.Found(*[replay.Difference(case, 1, "h:1:0", got)] * 2)
    result = fuzz.Campaign(1, 2, 1.0, model.Traits(), (found,))
    (written,) = fuzz.write_all(result, model, profile, tmp_path).found
    text = written.source.read_text()
    assert text.count("static void found_1(void)") == 1
    assert "*/ int main(" not in text
    assert "\x1b" not in text + written.spec.read_text()


@settings(max_examples=60)
@given(st.lists(st.sampled_from("1234567"), min_size=2, max_size=40).map(tuple))
def test_the_shortest_script_still_differs_and_no_line_of_it_is_idle(script):
    if list(forgets_six(script)) == list(honest(script)):
        return
    case = replay.Case(1, "rule", script)
    first = next(replay.differences(MODEL, [case], {1: list(forgets_six(script))}, 0))
    shortest = fuzz.shrink(MODEL, kernel(forgets_six), first, 0, quiet).shortest.case.script
    assert shortest == ("5", "6")


def test_shrinking_ends_and_what_it_has_still_differs(monkeypatch):
    monkeypatch.setattr(fuzz, "ROUNDS", 1)
    script = tuple("1523416")
    first = next(replay.differences(MODEL, [replay.Case(1, "rule", script)],
                                    {1: list(forgets_six(script))}, 0))
    said = []
    found = fuzz.shrink(MODEL, kernel(forgets_six), first, 0, said.append)
    assert found.first is first
    assert found.shortest.got != found.shortest.expected
    assert len(found.shortest.case.script) < len(script)
    assert found.shortest.case.script[-1] == "6"
    assert len(said) == 1


def test_each_guest_gets_new_scripts_until_all_operations_are_done(monkeypatch):
    monkeypatch.setattr(fuzz, "BATCH", 200)
    batches, said = [], []

    def run(cases):
        batches.append([c.number for c in cases if c.kind != replay.PROBE])
        return kernel(honest)(cases)

    result = fuzz.campaign(MODEL, run, fuzz.CampaignPlan(3, 500), said.append)
    assert [len(numbers) for numbers in batches] == [2, 2, 1]
    assert [n for numbers in batches for n in numbers] == [1, 2, 3, 4, 5]
    assert (result.seed, result.operations, result.kernel) == (3, 500, 0)
    assert [text.split()[0] for text in said] == ["200", "400", "500"]
    assert 0 <= result.seconds < 600


@pytest.mark.parametrize("splat", ["", "Oops in four"])
def test_what_the_kernel_itself_said_stands_with_the_difference(splat):
    case = replay.Case(7, "odd", ("5", "6"))
    found = fuzz.Found(*[replay.Difference(case, 1, "11", "5")] * 2, splat)
    result = fuzz.Campaign(1, 600, 2.0, 3, (found,))
    text = lines(fuzz.document(result, MODEL, "again").data, View())
    assert any("nobody promised" in line for line in text)
    assert any(splat in line for line in text if "kernel said" in line) is bool(splat)
    assert text[-2].startswith("FAIL")
    assert "18000 operations a minute" in text[-2]
    row = fuzz.document(result, MODEL, "again").data
    assert (row["operations_per_minute"], row["kernel"]) == (18000, "off by 3")
    (difference,) = row["differences"]
    assert (difference["kernel_said"], difference["may_differ"]) == (splat, "nobody promised")
    assert (difference["expected"], difference["got"], difference["spec"]) == ("11", "5", None)
    whole = fuzz.Campaign(1, 600, 2.0, 3)
    assert lines(fuzz.document(whole, MODEL, "again").data, View())[0].startswith("PASS")
