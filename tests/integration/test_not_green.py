# SPDX-License-Identifier: GPL-2.0-or-later
"""A sample of the wrong versions of tests/not_green.py; all of them: python -m tests.not_green."""

import random

import pytest

from tests.not_green import WRONG, survives

SAMPLE = random.Random(14).sample(WRONG, 8)  # noqa: S311


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: f"{row[0]}: {row[1][:40]}")
def test_a_wrong_version_is_noticed(row):
    assert survives(row) == ""


@pytest.mark.parametrize("row", WRONG, ids=lambda row: f"{row[0]}: {row[1][:40]}")
def test_each_is_about_one_place(row):
    name, old, _ = row
    from tests.not_green import ROOT
    assert (ROOT / "harness" / name).read_text().count(old) == 1
