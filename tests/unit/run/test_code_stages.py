# SPDX-License-Identifier: GPL-2.0-or-later
"""What finished builds say of the files of a series."""

from dataclasses import replace

import pytest

from harness.build import codecheck
from harness.build.codecheck import BuildSide, Warned
from harness.model import Finding, Severity
from harness.run import code_stages
from harness.system import sandbox
from tests.unit.run.toys import applied, built, compiles, counted, objects, reusing


@pytest.fixture
def known(tmp_path, git, versions):
    return built(tmp_path, git)


@pytest.mark.parametrize("there", [True, False])
def test_whether_a_file_was_compiled_is_asked_of_the_build(known, there):
    if there:
        compiles(known.image_patched)
    after = code_stages.look_at_build(known)
    assert objects(after, "x86_64") == {"fs/a.c": int(there)}


def test_the_sources_of_the_base_are_the_same_file(known):
    compiles(known.image_patched)
    cmd = known.image_patched.build_dir / "fs" / ".a.o.cmd"
    cmd.write_text(f"cmd_fs/a.o := gcc {known.image_base.sources.root}/fs/a.c\n")
    assert objects(code_stages.look_at_build(known), "x86_64") == {"fs/a.c": 1}


def test_the_same_object_as_on_the_base_is_said(known):
    compiles(known.image_base)
    compiles(known.image_patched)
    ((_, (row,)),) = code_stages.look_at_build(known).compiled
    assert row.same
    (known.image_patched.build_dir / "fs" / "a.o").write_bytes(b"another")
    ((_, (row,)),) = code_stages.look_at_build(known).compiled
    assert not row.same


def test_what_a_build_said_is_kept_and_added_to_what_is_known(known):
    compiles(known.image_patched)
    code_stages.look_at_build(reusing(known))
    (known.image_patched.build_dir / "fs" / "a.o").unlink()
    after = code_stages.look_at_build(reusing(replace(known, compiled=(("other", ()),))))
    assert objects(after, "x86_64") == {"fs/a.c": 1}
    assert after.cached == {"compiled"}
    assert [name for name, _ in after.compiled] == ["other", "x86_64"]


def test_new_warnings_are_findings_and_tools_that_lack_are_said(known, monkeypatch):
    found = Finding("warning-w1", Severity.WARNING, "m")
    check = counted(((found,), ("b.c is not compiled",), ("sparse: NOT_RUN",)))
    monkeypatch.setattr(codecheck, "check", check)
    after = code_stages.check_code(replace(known, notices=("old",), not_run=("before",)))
    assert after.findings == (found,)
    assert after.notices == ("old", "b.c is not compiled")
    assert after.not_run == ("before", "sparse: NOT_RUN")
    ((mine, sides, box, log, _), _) = check.calls[0]
    assert (mine, log, box.nice) == (known.series, known.log, sandbox.GIVE_WAY)
    assert sides == tuple(BuildSide(i.sources, i.build_dir) for i in (
        known.image_base, known.image_patched))


def test_warnings_are_asked_for_once(known, monkeypatch):
    check = counted(((), (), ()))
    monkeypatch.setattr(codecheck, "check", check)
    for _ in range(2):
        after = code_stages.check_code(reusing(known))
    assert len(check.calls) == 1
    assert after.cached == {"warnings"}


def test_what_the_base_warns_of_serves_another_series(known, monkeypatch, git):
    asked = counted((Warned("fs/a.c", 3, "unused", "f"),))
    seen = []

    def check(_series, _sides, _box, _log, old):
        seen.append(old("fs/a.c", "gcc", asked))
        return (), (), ()

    monkeypatch.setattr(codecheck, "check", check)
    code_stages.check_code(reusing(known))
    other = applied(git, {"fs/a.c": "old\n"}, {"fs/a.c": "other\n"})
    code_stages.check_code(reusing(replace(known, applied=other)))
    assert len(seen) == 2
    assert len(asked.calls) == 1
