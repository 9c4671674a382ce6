# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a matrix: what they say, what is read of other machines, and parts that come together."""

import os
from dataclasses import replace

import pytest

from harness.errors import InputRefusedError
from harness.farm import jobs, merging, rows
from harness.farm.jobs import Spec
from harness.farm.ledger import DONE, ELSEWHERE, GIVEN_UP
from harness.farm.rows import Row
from harness.report import json_


def row(series="5e", verdict="pass", code=0, state=DONE, tree="one", **more):
    spec = Spec(series, "lint", (tree,))
    return replace(Row(spec.key, "toy: One", 1, spec, state, verdict, code, 0, 0, "", 1, 0.5),
                   **more)


FAIL = {"verdict": "fail", "code": 1}
GONE = {"verdict": "", "code": -1}


def part(place, *found, **changes):
    """The folder of a matrix; ``changes`` are made to its first row as it is written."""
    place.mkdir()
    data = rows.document(found, (), place)
    if found:
        data["jobs"][0] |= changes
    merging.keep(place, data)
    for one in found:
        run = place / "jobs" / one.key / jobs.RUN
        run.mkdir(parents=True)
        (run / json_.NAME).write_text(one.verdict)
        (run.parent / "log").write_text("$ x")
    return place


def test_a_document_comes_back(tmp_path):
    found = [row(), row("6f", **FAIL), row("7a", state=GIVEN_UP, **GONE)]
    assert rows.read(part(tmp_path / "a", *found) / rows.NAME) == found


@pytest.mark.parametrize("changes", [
    {"key": "0" * 32}, {"verdict": "splendid"}, {"verdict": "pass", "code": 1}, {"code": 2**70},
    {"code": "0"}, {"words": None}, {"version": "1"}, {"state": "well"}, {"seconds": "x"},
    {"spec": []}, {"spec": {"series": "x"}}, {"tries": True}, {"title": 7}])
def test_nothing_of_another_machine_is_believed(tmp_path, changes):
    with pytest.raises(InputRefusedError, match="no answer of a matrix"):
        rows.read(part(tmp_path / "a", row(), **changes) / rows.NAME)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"document": "matrix"}',
                                  '{"document": "matrix", "schema_version": 9, "jobs": []}'])
def test_a_file_that_is_none(tmp_path, text):
    (tmp_path / rows.NAME).write_text(text)
    with pytest.raises(InputRefusedError):
        rows.read(tmp_path / rows.NAME)


def test_a_pipe_of_another_machine_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / rows.NAME)
    with pytest.raises(InputRefusedError, match="no plain file"):
        rows.read(tmp_path / rows.NAME)
    with pytest.raises(InputRefusedError, match="No such file"):
        rows.read(tmp_path / "nothing")


def test_words_of_others_are_cleaned(tmp_path):
    place = part(tmp_path / "a", row(), words="\x1b[2Ja\nb", title="\ud800t")
    (one,) = rows.read(place / rows.NAME)
    assert "\x1b" not in rows.table([one])
    rows.table([one]).encode()
    assert len(rows.table([one]).splitlines()) == 3


@pytest.mark.parametrize(("found", "code"), [
    ([], 4), ([row()], 0), ([row(), row("6f", "incomplete", 4)], 4),
    ([row(verdict="refused", code=3)] * 2, 3), ([row(), row("6f", "refused", 3)], 4),
    ([row(**FAIL), row("6f", state=GIVEN_UP, **GONE)], 1),
    ([row(), row("6f", state=GIVEN_UP, **GONE)], 5),
    ([row(), row("6f", state=ELSEWHERE, **GONE)], 4),
    ([row(**FAIL), row("6f", "infrastructure", 70, GIVEN_UP)], 70),
    ([row(), row("6f", "infrastructure", 2)], 2)])
def test_the_worst_is_the_exit_code(found, code):
    assert rows.code(found) == code


def test_series_of_one_title_are_told_apart_however_long_it_is():
    title = "toy: " + "x" * 200
    text = rows.table([row(title=title), row("6f", title=title)])
    assert "[5e] " in text
    assert "[6f] " in text


def test_parts_come_together_and_holes_stay(tmp_path):
    one = part(tmp_path / "1", row(**FAIL), row("6f", state=ELSEWHERE, **GONE),
               row("7a", state=ELSEWHERE, **GONE))
    two = part(tmp_path / "2", row(state=ELSEWHERE, **GONE), row("6f"),
               row("7a", state=GIVEN_UP, **GONE))
    found, differ = merging.merge([one, two], tmp_path / "all")
    assert {r.spec.series: r.outcome for r in found} == {
        "5e": "fail", "6f": "pass", "7a": "given up"}
    assert differ == []
    kept = tmp_path / "all" / "jobs" / row().key
    assert (kept / jobs.RUN / json_.NAME).read_text() == "fail"
    assert (kept / "log").read_text() == "$ x"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_that_differ_the_worse_one_counts(tmp_path, turned):
    places = [part(tmp_path / "1", row()), part(tmp_path / "2", row(**FAIL))]
    found, differ = merging.merge(places[::-1] if turned else places, tmp_path / "all")
    assert rows.code(found) == 1
    (said,) = differ
    assert said.startswith("toy: One one: ")
    assert (tmp_path / "all" / "jobs" / row().key / jobs.RUN / json_.NAME).read_text() == "fail"


@pytest.mark.parametrize("what", ["report", "run", "job", "jobs"])
def test_no_link_of_a_part_is_followed(tmp_path, what):
    one = part(tmp_path / "1", row())
    secret = tmp_path / "secret"
    (secret / row().key / jobs.RUN).mkdir(parents=True)
    for path in (secret / row().key / jobs.RUN / json_.NAME, secret / row().key / "log"):
        path.write_text("secret")
    job = one / "jobs" / row().key
    there, target = {
        "report": (job / jobs.RUN / json_.NAME, secret / row().key / jobs.RUN / json_.NAME),
        "run": (job / jobs.RUN, secret / row().key / jobs.RUN), "job": (job, secret / row().key),
        "jobs": (one / "jobs", secret)}[what]
    there.rename(tmp_path / "away")
    there.symlink_to(target)
    merging.merge([one], tmp_path / "all")
    assert not any("secret" in p.read_text() for p in (tmp_path / "all").rglob("*") if p.is_file())
