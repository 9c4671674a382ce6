# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of several architectures beside one another."""

from harness.arch import MACHINES, NATIVE_TARGET
from harness.compare import changes
from harness.model import Outcome, Status
from harness.report import by_machine
from harness.report.by_machine import Cell
from tests.make import guest_run

ARM = next(m.name for m in MACHINES if m.target.srcarch == "arm64")
SKIP = Outcome("b", Status.SKIP, "no ports there")


def rows(before, after):
    return by_machine.table(changes(guest_run(before), guest_run(after)))


def test_one_architecture_is_nothing_to_compare():
    assert rows({"p.a": "PASS"}, {"p.a": "PASS"}) is None


def test_a_test_has_a_cell_for_each_architecture_with_both_ends_and_why():
    found = rows({"p.a": "PASS", "p.b": "PASS", f"{ARM}:p.a": "PASS", f"{ARM}:p.b": SKIP},
                 {"p.a": "PASS", "p.b": "FAIL", f"{ARM}:p.a": "FAIL", f"{ARM}:p.b": SKIP})
    assert found.machines == (NATIVE_TARGET.name, ARM)
    cells = dict(found.rows)
    assert cells["p.a"] == (Cell("PASS", "PASS", ""), Cell("PASS", "FAIL", ""))
    assert cells["p.b"][1] == Cell("SKIP", "SKIP", "no ports there")
    good, after = found.totals[1]
    assert (good[1], good[2], after[1], after[2]) == (0, 1, 1, 1)


def test_what_one_alone_has_is_none_on_the_other():
    found = rows({"kunit:x.a": "PASS", f"{ARM}:p.a": "PASS"},
                 {"kunit:x.a": "PASS", f"{ARM}:p.a": "PASS"})
    cells = dict(found.rows)
    assert cells["kunit:x.a"][1] is None
    assert cells["p.a"][0] is None
