# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule against its own examples: ``bad`` is found, ``good`` is left alone."""

from pathlib import Path

import pytest

from harness.intake import read_series
from harness.lint import RULES, lint

DATA = Path(__file__).parent.parent / "data" / "lint"


def found(path):
    return {f.rule for f in lint(read_series(path))}


def example(rule, which):
    return next((DATA / rule.id).glob(f"{which}*"))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_bad(rule):
    assert rule.id in found(example(rule, "bad"))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_good(rule):
    assert found(example(rule, "good")) == set()
