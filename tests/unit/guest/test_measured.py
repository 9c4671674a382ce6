# SPDX-License-Identifier: GPL-2.0-or-later
"""What is a figure, and what is only text that looks like one."""

import pytest

from harness.guest import measured


@pytest.mark.parametrize(("line", "figure"), [
    ("# measure: exits 12 n", ("exits", 12.0, "n")), ("# measure: t -1.5e-3", ("t", -0.0015, "")),
    ("# measure: rate 3 MB/s", ("rate", 3.0, "MB/s")), ("# measure: a b 3us", ("a b", 3.0, "us"))])
def test_a_figure(line, figure):
    found = measured.figure(line)
    assert (found.name, found.value, found.unit) == figure


@pytest.mark.parametrize("line", [
    "# measure: no", "# measure: t x s", "# measure: 6.1.192", "# measure: v 6.1.192",
    "# measure: t 1e400 s", "# measure: id 12ab34cd", "measure: t 1", "# t 1"])
def test_what_is_none(line):
    assert measured.figure(line) is None
