# SPDX-License-Identifier: GPL-2.0-or-later
"""What finished builds say of the files of a series."""

from dataclasses import replace

import pytest

from harness.build import codecheck, kernel
from harness.build.codecheck import BuildSide, Warned
from harness.build.compiled import Changed
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import UsageError
from harness.model import Finding, Location, Severity
from harness.run import code_stages
from harness.run.state import NotRunError
from harness.system import sandbox
from tests.unit.run.toys import applied, counted, image, raises, reusing, state

BROKEN = BuildFailedError(2, BuildError("'x' undeclared", Location("fs/a.c", 3)))


def compiles(built, path="fs/a.c"):
    """Leave what make leaves of a file that it compiled."""
    place = (built.build_dir / path).with_suffix(".o")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"object")
    cmd = f"savedcmd_{place.name} := gcc -c {built.sources.root}/{path}\n"
    place.with_name(f".{place.name}.cmd").write_text(cmd)


@pytest.fixture
def known(tmp_path, git, versions):
    made = applied(git, {"fs/a.c": "old\n"}, {"fs/a.c": "newer\n"}, {"fs/a.c": "new\n"})
    return state(tmp_path, applied=made,
                 files=(Changed("fs/a.c", "int a;\n", "int b;\n", (1,), (1,)),),
                 image_base=image(tmp_path / "base"), image_patched=image(tmp_path / "patched"))


def rows(after, build):
    return {row.path: row.objects for row in dict(after.compiled)[build]}


@pytest.mark.parametrize("there", [True, False])
def test_whether_a_file_was_compiled_is_asked_of_the_build(known, there):
    if there:
        compiles(known.image_patched)
    after = code_stages.look_at_build(known)
    assert rows(after, "x86_64") == {"fs/a.c": int(there)}


def test_the_sources_of_the_base_are_the_same_file(known):
    compiles(known.image_patched)
    cmd = known.image_patched.build_dir / "fs" / ".a.o.cmd"
    cmd.write_text(f"cmd_fs/a.o := gcc {known.image_base.sources.root}/fs/a.c\n")
    assert rows(code_stages.look_at_build(known), "x86_64") == {"fs/a.c": 1}


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
    assert rows(after, "x86_64") == {"fs/a.c": 1}
    assert after.cached == {"compiled"}
    assert [name for name, _ in after.compiled] == ["other", "x86_64"]


@pytest.fixture
def extra(known, monkeypatch, tmp_path):
    """``extra(base, patched, *names)``: what comes of other configurations, all at once."""
    def go(base, patched, *names):
        monkeypatch.setattr(kernel, "base", counted(base))
        monkeypatch.setattr(kernel, "patched", counted(patched))
        one = replace(known, findings=(Finding("old", Severity.NOTE, "m"),))
        return code_stages.build_extra(
            replace(one, request=replace(one.request, configs=names)))
    return go


def builds(tmp_path, broken=()):
    built = image(tmp_path / "extra")
    compiles(built)
    return built, broken


def test_a_configuration_of_ones_own_is_looked_at_by_its_name(extra, tmp_path):
    fragment = tmp_path / "b.config"
    fragment.write_text("CONFIG_B=y\n")
    after = extra(image(tmp_path / "b"), builds(tmp_path), str(fragment), "allnoconfig")
    assert rows(after, "x86_64, b.config") == {"fs/a.c": 1}
    assert rows(after, "x86_64, allnoconfig") == {"fs/a.c": 1}
    assert [f.rule for f in after.findings] == ["old"]
    configs = [args[3] for args, _ in kernel.base.calls]
    assert any("CONFIG_B=y" in text for text in configs[0].fragments)
    assert configs[1].start == "allnoconfig"


def test_both_sides_are_built_in_it(extra, known, tmp_path):
    start = image(tmp_path / "b")
    extra(start, builds(tmp_path), "allnoconfig")
    ((_, tree, commit, config), _) = kernel.base.calls[0]
    assert (tree, commit) == (known.tree, known.base)
    ((_, series, begin, same, work), _) = kernel.patched.calls[0]
    assert (series, begin, same) == (known.applied, start, config)
    assert work == tmp_path / "work" / "extra"


def test_a_series_that_does_not_build_there_is_a_finding_with_the_configuration(extra, tmp_path):
    after = extra(image(tmp_path / "b"), raises(BROKEN), "allnoconfig")
    _, found = after.findings
    assert found.rule == "build-error"
    assert found.message.startswith("allnoconfig: ")
    assert found.subject.startswith("allnoconfig ")
    assert after.compiled == ()


def test_the_same_error_in_two_configurations_is_two_findings(extra, tmp_path):
    after = extra(image(tmp_path / "b"), raises(BROKEN), "allnoconfig", "defconfig")
    assert len({f.id for f in after.findings}) == 3


def test_a_patch_in_the_middle_that_does_not_build_there(extra, tmp_path):
    after = extra(image(tmp_path / "b"), builds(tmp_path, ((1, BROKEN),)), "allnoconfig")
    _, found = after.findings
    assert (found.rule, found.patch) == ("not-bisectable", 1)
    assert "1 of 2" in found.message
    assert "x86_64, allnoconfig" in dict(after.compiled)


def test_a_base_that_does_not_build_there_says_nothing_of_the_series(extra, tmp_path):
    good = image(tmp_path / "b")

    def base(_builder, _tree, _commit, config):
        if config.start == "defconfig":
            raise BROKEN
        return good

    with pytest.raises(NotRunError, match="defconfig") as caught:
        extra(base, builds(tmp_path), "defconfig", "allnoconfig")
    assert "undeclared" in str(caught.value)
    assert "allnoconfig" not in str(caught.value)
    assert [name for name, _ in caught.value.state.compiled] == ["x86_64, allnoconfig"]
    assert [f.rule for f in caught.value.state.findings] == ["old"]


def test_no_configuration_is_wrong_use(extra, tmp_path):
    with pytest.raises(UsageError):
        extra(image(tmp_path / "b"), builds(tmp_path), "/nowhere/x.txt")


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
