# SPDX-License-Identifier: GPL-2.0-or-later
"""How a program ended counts as well as what it printed."""

import pytest

from harness.guest.ends import bad_end
from harness.model import Status


@pytest.mark.parametrize("notes", [[], ["@start"], ["@start", "@end 0"], ["@start", "@end 4"]])
def test_a_good_end_says_nothing(notes):
    assert bad_end(notes) is None


@pytest.mark.parametrize(("notes", "status", "words"), [
    (["@end signal 11"], Status.CRASHED, "ended by signal 11"),
    (["@end 139"], Status.CRASHED, "ended by signal 11"),
    (["@end 1"], Status.FAIL, "all its results are good, and the program ended with 1"),
    (["@end 255"], Status.FAIL, "ended with 255"),
    (["@stopped deadline", "@end 137"], Status.TIMEOUT, "stopped: deadline"),
    (["@stopped too much output", "@end 137"], Status.FAIL, "stopped: too much output"),
])
def test_any_other_end_is_told(notes, status, words):
    found, why = bad_end(["@start", *notes])
    assert (found, words in why) == (status, True)
