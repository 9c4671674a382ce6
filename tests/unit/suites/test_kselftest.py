# SPDX-License-Identifier: GPL-2.0-or-later
"""What a target of the selftests says of itself."""

import pytest

from harness.suites.kselftest import LONGEST, TIMEOUT, is_target, timeout


@pytest.mark.parametrize(("settings", "seconds"), [
    ("timeout=120\n", 120), ("", TIMEOUT), ("# timeout=9\n", TIMEOUT), ("timeout=0\n", LONGEST),
    ("timeout=99999\n", LONGEST), ("timeout=soon\n", TIMEOUT), ("x=1\ntimeout=7", 7)])
def test_the_seconds_of_a_program(settings, seconds):
    assert timeout(settings) == seconds


@pytest.mark.parametrize(("name", "good"), [
    ("kvm", True), ("futex/functional", True), ("filesystems/binderfs", True), ("../x", False),
    ("a/../b", False), ("", False), ("a b", False), ("a;b", False), ("x" * 101, False)])
def test_what_can_be_a_target(name, good):
    assert is_target(name) is good
