# SPDX-License-Identifier: GPL-2.0-or-later
import json

import pytest

from harness.prove import proof
from harness.prove.proof import Judged
from harness.report.document import View
from harness.report.proof import lines

RIGHT = {"title": "t", "tree": "toy", "commit": "c", "failing": ["p.weak"],
         "ways": ["programs", "KUnit"], "lost": []}
ALL = [
    Judged("1-a", "caught", ("p.t", "uapi-x-1", "p.u"), (), 3.0),
    Judged("2-b", "survived", (), ("p.maybe",), 4.0),
    Judged("f.c:7 drop-1", "survived", (), (), 4.0, "", "x = 1;  ->  ;"),
    Judged("3-c", "not-applied", why="patch 1/1 does not apply: f.c, hunk 1"),
    Judged("4-d", "not-compiled", why="f.c:3: \x1b[31merror"),
    Judged("5-e", "equivalent", why="the same machine code"),
    Judged("f.c:9 drop-1", "not-executed", why="no test executes this line"),
    Judged("f.c:9 number-1", "not-executed", why="no test executes this line"),
    Judged("f.c:10 drop-1", "not-tried"),
]


def test_nothing_but_caught_counts_as_caught():
    assert proof.counts(ALL) == {"caught": 1, "survived": 2, "not-executed": 2,
                                 "not-tried": 1, "not-applied": 1, "not-compiled": 1,
                                 "equivalent": 1}


def test_the_document_has_what_is_promised_and_is_plain():
    document = json.loads(json.dumps(proof.document(ALL, RIGHT, 60.0, "./run prove").data))
    first = document["mutants"][0]
    assert {"name", "status", "by", "seconds"} <= set(first)
    assert first["by"] == ["p.t", "uapi-x-1", "p.u"]
    assert document["seconds_per_mutant"] == pytest.approx(60 / 9, abs=0.1)
    assert document["defended"] == {"least": 1, "most": 2, "of": 6}
    assert "\x1b" not in json.dumps(document)


def test_the_table_names_survivors_by_their_line():
    text = lines(proof.document(ALL, RIGHT, 60.0, "./run prove").data, View())
    assert any(line.startswith("caught") and "p.t, uapi-x-1 and 1 more" in line for line in text)
    assert any("differs in p.maybe" in line for line in text)
    assert "no check detects a change to this line: f.c:7 drop-1: x = 1; -> ;" in text
    assert sum("no check detects" in line for line in text) == 1
    assert any("p.weak" in line and "is not counted" in line for line in text)
    assert text[-2].startswith("9 mutants: 1 caught, 2 survived, 2 not-executed, 1 not-tried")
    assert ("undefended  f.c:9: no test executes this line (2 wrong versions, none was built)"
            in text)
    assert text[-3] == ("noticed by programs, KUnit: 17 to 33 % of 6 wrong versions "
                        "(some were not tried)")


@pytest.mark.parametrize(("rows", "lost", "code"), [
    (["caught"], [], 0), (["caught", "survived"], [], 1), (["caught", "not-executed"], [], 1),
    (["caught", "not-tried"], [], 4), (["caught"], ["KUnit: it does not build"], 4),
    (["equivalent"], [], 4), ([], [], 4), (["caught", "not-applied"], [], 4),
    (["caught", "not-compiled"], [], 0)])
def test_the_exit_code_knows_what_was_not_tried(rows, lost, code):
    judged = [Judged(f"{n}", status) for n, status in enumerate(rows)]
    done = proof.document(judged, {**RIGHT, "lost": lost}, 1.0, "x")
    assert done.code == code
    assert bool(lost) == any("not asked: KUnit" in line for line in lines(done.data, View()))
