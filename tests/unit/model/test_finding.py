# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

from harness.model import NOWHERE, Finding, Location, Severity


def finding(**changes):
    return Finding(**{"rule": "uapi-source", "severity": Severity.ERROR, "message": "it is gone",
                      **changes})


@pytest.mark.parametrize(("where", "anywhere", "text"), [
    (NOWHERE, False, ""),
    (Location("a.c"), True, "a.c"),
    (Location("a.c", 7), True, "a.c:7"),
    (Location(test="old.pad"), True, "old.pad"),
    (Location("old.c", 7, "old.pad"), True, "old.pad"),
])
def test_a_place_is_a_test_a_line_or_a_file(where, anywhere, text):
    assert (bool(where), str(where)) == (anywhere, text)


def test_an_id_is_the_rule_and_eight_digits():
    assert re.fullmatch("uapi-source-[0-9a-f]{8}", finding().id)
    assert finding().id != finding(rule="uapi-layout").id.replace("layout", "source")


def test_an_id_is_made_of_the_subject_else_of_the_place_else_of_the_message():
    here, there = Location("a.c", 1), Location("a.c", 2)
    assert finding(subject="pad", where=here).id == finding(
        subject="pad", where=there, message="other").id
    assert finding(subject="pad").id != finding(subject="pio").id
    assert finding(where=here).id == finding(where=here, message="other").id
    assert finding(where=here).id != finding(where=there).id
    assert finding().id != finding(message="other").id


def test_what_was_cleaned_for_a_report_has_the_same_id():
    assert finding(subject="a\x1b[2J\udcff").id == finding(subject="a\\x1b[2J\\udcff").id


def test_an_id_tells_abis_apart_but_not_the_first_from_none():
    assert finding(abis=("x86-64", "i386")).id == finding().id
    assert finding(abis=("i386",)).id != finding().id
    assert finding(abis=("i386",)).id != finding(abis=("arm64",)).id


def test_the_text_has_the_abis():
    assert finding().text == "it is gone"
    assert finding(abis=("i386", "arm")).text == "it is gone (i386, arm)"


def test_the_tag_is_the_name_of_a_type_without_its_keyword():
    assert finding(struct="struct kvm_run").tag == "kvm_run"
    assert finding(struct="kvm_t").tag == "kvm_t"
    assert finding().tag == ""
