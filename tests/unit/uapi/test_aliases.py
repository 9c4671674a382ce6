# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that stand for other names."""

import pytest

from harness.uapi import aliases


@pytest.mark.parametrize(("plain", "text", "known"), [
    ({"A": "B"}, "", {"A": "B"}), ({"A": "(B)"}, "", {"A": "B"}), ({"A": "A"}, "", {}),
    ({"A": "B + 1"}, "", {}), ({"A": "1"}, "", {}),
    ({}, "enum { A = 1, B = A, C };", {"B": "A"}), ({}, "enum {\n\tB = (A),\n};", {"B": "A"}),
])
def test_a_name_that_stands_for_another(plain, text, known):
    assert aliases.aliases(plain, text) == known


def test_what_a_name_stands_for_in_the_end():
    known = {"A": "B", "B": "C", "D": "E", "E": "D"}
    assert [aliases.original(n, known) for n in "ABCX"] == ["C", "C", "C", "X"]
    assert aliases.original("D", known) in "DE", "a circle ends"
