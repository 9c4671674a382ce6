# SPDX-License-Identifier: GPL-2.0-or-later
from harness.model import BAD, Status


def test_what_never_ran_is_neither_bad_nor_a_success():
    assert not {Status.SKIP, Status.NOT_RUN, Status.PASS} & BAD
    assert {Status.FAIL, Status.CRASHED, Status.TIMEOUT, Status.MISSING} == BAD
