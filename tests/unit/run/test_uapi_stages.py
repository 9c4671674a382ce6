# SPDX-License-Identifier: GPL-2.0-or-later
"""What userspace compiles: when there is something to compare, and what is kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.evidence import Changed
from harness.model import Finding, Severity
from harness.run import uapi_stages
from harness.run.state import NotRunError, SkippedStage
from harness.uapi import selftests
from harness.uapi.result import Comparison, Options, ToolLook, UapiResult
from tests.unit.run.toys import applied, counted, profile, reusing, state

OLD = Finding("old", Severity.NOTE, "m")
FOUND = Finding("uapi-source", Severity.ERROR, "pad is gone", subject="toy.pad")
DONE = Comparison("linux/toy.h", "include/uapi/linux/toy.h", "x86-64")
MISSED = replace(DONE, abi="i386", problem="no stubs")
RULE = '[[suppress]]\nrule = "uapi-source"\nreason = "nobody uses it"\nuntil = {}\n'


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})
    return state(tmp_path, applied=made, findings=(OLD,),
                 notices=("before",))


@pytest.fixture
def says(monkeypatch):
    """``says(...)``: what comes of the comparison."""
    def go(*findings, rows=(DONE,), notices=()):
        fake = counted(UapiResult(findings, tuple(rows), notices=notices))
        monkeypatch.setattr(uapi_stages, "check_series", fake)
        return fake
    return go


def test_what_was_found_is_added(known, says):
    fake = says(FOUND, notices=("toy.h was looked at",))
    after = uapi_stages.check_uapi(known)
    assert after.findings == (OLD, FOUND)
    assert after.notices == ("before", "toy.h was looked at")
    assert after.uapi.comparisons == (DONE,)
    assert fake.calls[0][0][:2] == (known.applied, known.box())


def test_the_probes_of_the_profiles_are_compiled_too(known, says, tmp_path):
    fake = says()
    one, two = profile(tmp_path, "a"), profile(tmp_path, "b")
    (two.folder / "consumers").mkdir()
    asked = replace(known, profiles=(one, two), request=replace(
        known.request, uapi=Options(consumers=(Path("/qemu"),), also_name="next")))
    uapi_stages.check_uapi(asked)
    options = fake.calls[0][0][2]
    assert options.consumers == (Path("/qemu"), two.folder / "consumers")
    assert options.also_name == "next"


def test_a_series_without_headers_is_skipped_with_the_reason(known, says):
    says(rows=(), notices=("touches no header",))
    with pytest.raises(SkippedStage, match="touches no header") as caught:
        uapi_stages.check_uapi(known)
    assert not caught.value.applies


def test_headers_that_nobody_could_compare_are_not_run(known, says):
    says(rows=(MISSED,))
    with pytest.raises(NotRunError, match="no stubs") as caught:
        uapi_stages.check_uapi(known)
    assert "linux/toy.h" in str(caught.value)
    assert caught.value.state.uapi.missed == (MISSED,)


@pytest.mark.parametrize("rows", [(), (MISSED,)])
def test_a_finding_stands_whatever_could_not_be_compared(known, says, rows):
    says(FOUND, rows=rows)
    assert uapi_stages.check_uapi(known).findings == (OLD, FOUND)


def test_a_comparison_is_kept_unless_the_next_one_may_know_more(known, says):
    fake = says(FOUND)
    for _ in range(2):
        after = uapi_stages.check_uapi(reusing(known))
    assert len(fake.calls) == 1
    assert after.cached == {"uapi"}
    assert after.findings == (OLD, FOUND)


def test_what_is_passing_is_asked_again(known, says):
    fake = says(rows=(DONE, replace(MISSED, passing=True)))
    for _ in range(2):
        uapi_stages.check_uapi(reusing(known))
    assert len(fake.calls) == 2


@pytest.mark.parametrize(("until", "severity"), [
    ("2999-01-01", Severity.NOTE), ("2001-01-01", Severity.ERROR)])
def test_what_was_looked_at_and_accepted_becomes_a_note(known, says, tmp_path, until, severity):
    says(FOUND)
    (tmp_path / "s.toml").write_text(RULE.format(until))
    asked = replace(known, request=replace(known.request, suppress=tmp_path / "s.toml"))
    after = uapi_stages.check_uapi(asked)
    assert [f.severity for f in after.findings] == [Severity.NOTE, severity]
    assert ("nobody uses it" in after.findings[1].message) is (severity is Severity.NOTE)
    assert any(until in text for text in after.notices) is (severity is Severity.ERROR)
    assert after.notices[0] == "before"
    assert after.uapi.findings == after.findings[1:]


def test_suppressions_that_cannot_be_read_are_wrong_use(known, says, tmp_path):
    says(FOUND)
    (tmp_path / "s.toml").write_text("[[suppress]]\n")
    with pytest.raises(UsageError):
        uapi_stages.check_uapi(replace(known, request=replace(
            known.request, suppress=tmp_path / "s.toml")))


def changed(path, after="int b;\n"):
    return Changed(path, "int a;\n", after, (1,), (1,))


def tools(monkeypatch, looks, findings=()):
    fake = counted((tuple(looks), findings))
    monkeypatch.setattr(selftests, "check", fake)
    return fake


def test_programs_of_the_tree_are_compiled(known, monkeypatch):
    fake = tools(monkeypatch, [ToolLook("tools/a.c")], (FOUND,))
    after = uapi_stages.check_tools(replace(known, files=(
        changed("tools/a.c"), changed("fs/a.c"), changed("samples/b.c"),
        changed("tools/same.c", "int a; /* b */\n"))))
    assert after.tools == (ToolLook("tools/a.c"),)
    assert after.findings == (OLD, FOUND)
    assert fake.calls == [((known.applied, ("tools/a.c", "samples/b.c"), known.box(), known.log),
                           {})]


@pytest.mark.parametrize("paths", [(), ("fs/a.c",), ("tools/README",)])
def test_a_series_without_such_programs_is_skipped(known, paths):
    with pytest.raises(SkippedStage):
        uapi_stages.check_tools(replace(known, files=tuple(map(changed, paths))))


@pytest.mark.parametrize(("passing", "asked"), [(False, 1), (True, 2)])
def test_programs_are_compiled_again_only_where_more_may_be_known(known, monkeypatch, passing,
                                                                  asked):
    fake = tools(monkeypatch, [ToolLook("tools/a.c", "no make", passing=passing),
                               ToolLook("tools/b.c")])
    one = reusing(replace(known, files=(changed("tools/a.c"),)))
    for _ in range(2):
        uapi_stages.check_tools(one)
    assert len(fake.calls) == asked
