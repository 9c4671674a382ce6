# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from harness.errors import UsageError
from harness.model import Finding, Severity
from harness.uapi import suppress

TODAY = dt.date(2026, 11, 28)
GONE = Finding("uapi-source", Severity.ERROR, "gone", subject="struct toy_zone.pad")
ROW = {"rule": "uapi-source", "subject": "struct toy_*", "reason": "never released",
       "until": TODAY}


def row(**changes):
    return suppress.Suppression(**{"rule": "", "id": "", "subject": "", "reason": "why",
                                   "until": TODAY, **changes})


def load(tmp_path, text):
    path = tmp_path / "rows.toml"
    path.write_text(text)
    return suppress.load(path)


def test_rows_are_read_in_order(tmp_path):
    found = load(tmp_path, """
[[suppress]]
rule = "uapi-source"
subject = "struct toy_*"
reason = "never released"
until = 2027-01-31
[[suppress]]
id = "uapi-value-12345678"
reason = "seen"
until = 2026-12-01
""")
    assert found == (
        suppress.Suppression("uapi-source", "", "struct toy_*", "never released",
                             dt.date(2027, 1, 31)),
        suppress.Suppression("", "uapi-value-12345678", "", "seen", dt.date(2026, 12, 1)))


def test_a_file_without_rows_suppresses_nothing(tmp_path):
    assert load(tmp_path, "[other]\nkey = 1\n") == ()


GOOD = '[[suppress]]\nrule = "a"\nreason = "r"\nuntil = 2027-01-31\n'


@pytest.mark.parametrize(("text", "word"), [
    (f'{GOOD}[[suppress]]\nrule = "a"\nreason = "r"\nuntil = 2027-01-31\nwhy = 1\n', "'why'"),
    (f'{GOOD}[[suppress]]\nrule = "a"\nreason = "r"\nuntil = "soon"\n', "date"),
    (f'{GOOD}[[suppress]]\nrule = "a"\nreason = "r"\n', "date"),
    (f'{GOOD}[[suppress]]\nrule = "a"\nuntil = 2027-01-31\n', "reason"),
    (f'{GOOD}[[suppress]]\nrule = "a"\nreason = ""\nuntil = 2027-01-31\n', "reason"),
    (f'{GOOD}[[suppress]]\nsubject = "a"\nreason = "r"\nuntil = 2027-01-31\n', "id"),
])
def test_a_wrong_row_is_wrong_use_and_named(tmp_path, text, word):
    with pytest.raises(UsageError) as error:
        load(tmp_path, text)
    assert "suppress 2" in error.value.message
    assert word in error.value.message


@pytest.mark.parametrize("content", [b"[[suppress\n", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, content):
    path = tmp_path / "rows.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"rows\.toml"):
        suppress.load(path)


@pytest.mark.parametrize(("changes", "matches"), [
    ({"rule": "uapi-source"}, True), ({"rule": "uapi-value"}, False),
    ({"id": GONE.id}, True), ({"id": "uapi-source-00000000"}, False),
    ({"rule": "uapi-source", "subject": "struct toy_*"}, True),
    ({"rule": "uapi-source", "subject": "struct other*"}, False),
    ({"rule": "uapi-value", "id": GONE.id}, False),
    ({"rule": "uapi-source", "id": GONE.id, "subject": "*.pad"}, True),
])
def test_what_a_row_matches(changes, matches):
    (found,), notices = suppress.apply((GONE,), (row(**changes),), TODAY)
    assert (found != GONE) == matches
    assert notices == ()


def test_what_is_suppressed_stays_as_a_note_with_the_reason_and_the_day():
    other = Finding("uapi-value", Severity.ERROR, "else")
    found, _ = suppress.apply((GONE, other), (row(**ROW),), TODAY)
    assert [f.severity for f in found] == [Severity.NOTE, Severity.ERROR]
    assert found[1] == other
    assert "never released" in found[0].message
    assert "2026-11-28" in found[0].message
    assert found[0].message.startswith("gone")
    assert found[0].id == GONE.id


def test_the_last_day_counts_and_the_next_does_not():
    rows = (row(**{**ROW, "until": TODAY - dt.timedelta(1)}),)
    found, notices = suppress.apply((GONE,), rows, TODAY)
    assert found == (GONE,)
    (notice,) = notices
    for part in ("uapi-source", "struct toy_*", "2026-11-27", "never released"):
        assert part in notice


def test_a_row_for_one_finding_that_ended_names_its_id():
    _, (notice,) = suppress.apply((), (row(id=GONE.id, until=dt.date(2001, 1, 1)),), TODAY)
    assert GONE.id in notice


def test_the_first_row_that_matches_says_why():
    rows = (row(rule="uapi-value", reason="no"), row(rule="uapi-source", reason="one"),
            row(rule="uapi-source", reason="two"))
    (found,), _ = suppress.apply((GONE,), rows, TODAY)
    assert "one" in found.message


@pytest.mark.parametrize("text", [
    "suppress = 1", "suppress = [1]", '[[suppress]]\nrule = 5\nreason = "r"\nuntil = 2027-01-01',
    '[[suppress]]\nrule = "r"\nsubject = 5\nreason = "r"\nuntil = 2027-01-01',
    '[[suppress]]\nrule = "r"\nreason = "r"\nuntil = 2027-01-01T00:00:00'])
def test_values_of_another_type_are_wrong_use(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(UsageError):
        suppress.load(path)
