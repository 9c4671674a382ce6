# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernels are built, in which configuration, and what is found by that."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.build import kernel
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import CommandFailedError, InfrastructureError
from harness.evidence import Changed
from harness.model import Location, Severity, Sources
from harness.run import build_stages, cache_keys, configs
from harness.run.state import SkippedStage
from tests.unit.run.toys import applied, counted, image, raises, reusing, state

OLD, NEW = {"a.c": "old\n"}, {"a.c": "new\n"}
BROKEN = BuildFailedError(2, BuildError("'x' undeclared", Location("fs/a.c", 3)))


def changed(path, before="int a;\n", after="int b;\n"):
    return Changed(path, before, after, (1,), (1,))


@pytest.fixture
def known(tmp_path, git, versions):
    """A run whose series is applied, and whose base is built."""
    made = applied(git, OLD, NEW)
    return state(tmp_path, applied=made,
                 files=(changed("a.c"),), image_base=image(tmp_path / "base"))


@pytest.fixture
def makes(monkeypatch):
    """``makes(broken=())``: the patched kernel builds; the numbers of patches that do not."""
    def go(broken=(), name="vmlinux"):
        def patched(builder, series, start, config, work):
            built = image(work, b"patched", name, sources=Sources(Path("/patched")))
            return built, tuple((n, BROKEN) for n in broken)

        fake = counted(patched)
        monkeypatch.setattr(kernel, "patched", fake)
        return fake
    return go


def test_the_base_is_the_kernel_without_the_series(known, monkeypatch, tmp_path):
    base = counted(image(tmp_path / "b"))
    monkeypatch.setattr(kernel, "base", base)
    after = build_stages.build_base(replace(known, image_base=None))
    assert after.image_base.path == tmp_path / "b" / "out" / "vmlinux"
    ((_, tree, commit, config, written), _) = base.calls[0]
    assert (tree, commit) == (known.tree, known.base)
    assert written == configs.written(known)
    assert config == configs.config_of(known)


def test_a_base_is_built_for_its_own_sake_only_when_it_is_asked_for(known, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "base", counted(image(tmp_path / "b")))
    one = replace(known, files=(changed("Documentation/a.rst"),))
    with pytest.raises(SkippedStage):
        build_stages.build_base(one)
    asked = replace(one, request=replace(one.request, base_only=True))
    assert build_stages.build_base(asked).image_base is not None


def test_for_a_series_that_does_not_compile_no_base_is_built(known, monkeypatch):
    monkeypatch.setattr(kernel, "base", raises(AssertionError("nobody asks")))
    with pytest.raises(SkippedStage, match="does not compile") as caught:
        build_stages.build_base(replace(known, broken=True))
    assert caught.value.applies


def test_a_base_that_does_not_build_is_no_finding(known, monkeypatch):
    monkeypatch.setattr(kernel, "base", raises(BROKEN))
    with pytest.raises(CommandFailedError):
        build_stages.build_base(known)


def test_the_patched_kernel_begins_from_the_base(known, makes, tmp_path):
    fake = makes()
    after = build_stages.build_patched(known)
    built = after.image_patched
    assert built.path == tmp_path / "work" / "kernel" / "out" / "vmlinux"
    assert built.path.read_bytes() == b"patched"
    assert built.build_dir == tmp_path / "work" / "kernel" / "out"
    assert built.sources == Sources(Path("/patched"))
    assert not built.cached
    assert after.findings == ()
    ((_, series, start, config, work), _) = fake.calls[0]
    assert (series, start, work) == (known.applied, known.image_base, tmp_path / "work" / "kernel")
    assert config == configs.config_of(known)


def test_a_kernel_that_does_not_build_is_a_finding(known, monkeypatch):
    monkeypatch.setattr(kernel, "patched", raises(BROKEN))
    after = build_stages.build_patched(replace(known, findings=()))
    (found,) = after.findings
    assert (found.rule, found.severity) == ("build-error", Severity.ERROR)
    assert (found.where.path, found.where.line) == ("fs/a.c", 3)
    assert after.image_patched is None


def test_a_machine_that_fails_is_no_finding(known, monkeypatch):
    monkeypatch.setattr(kernel, "patched", raises(InfrastructureError("no space")))
    with pytest.raises(InfrastructureError):
        build_stages.build_patched(known)


def test_a_patch_in_the_middle_that_does_not_build_is_named(known, makes, git):
    makes(broken=(1,))
    (found,) = build_stages.build_patched(replace(
        known, applied=applied(git, OLD, {"a.c": "broken\n"}, NEW))).findings
    assert (found.rule, found.patch) == ("not-bisectable", 1)
    assert "1 of 2" in found.message


def test_the_image_of_an_earlier_run_is_written_where_it_would_be(known, makes, tmp_path):
    fake = makes(broken=(1,), name="arch/x86/boot/bzImage")
    one = reusing(known)
    build_stages.build_patched(one)
    built = configs.inputs(one)
    cache_keys.memo(one, "warnings", cache_keys.warnings(built), lambda: ())
    cache_keys.memo(one, "compiled", built, lambda: ())
    (tmp_path / "work2").mkdir()
    after = build_stages.build_patched(replace(one, work=tmp_path / "work2"))
    assert len(fake.calls) == 1
    assert after.image_patched.path == (
        tmp_path / "work2" / "kernel" / "out" / "arch" / "x86" / "boot" / "bzImage")
    assert after.image_patched.path.read_bytes() == b"patched"
    assert after.image_patched.cached
    assert [f.rule for f in after.findings] == ["not-bisectable"]


@pytest.mark.parametrize("left_out", ["warnings", "compiled"])
def test_without_what_was_asked_of_the_objects_they_are_built_again(known, makes, left_out):
    fake = makes()
    one = reusing(known)
    build_stages.build_patched(one)
    built = configs.inputs(one)
    for kind, key in (("warnings", cache_keys.warnings(built)), ("compiled", built)):
        if kind != left_out:
            cache_keys.memo(one, kind, key, lambda: ())
    after = build_stages.build_patched(one)
    assert len(fake.calls) == 2
    assert not after.image_patched.cached


def test_who_keeps_the_build_gets_all_of_it_below_out(known, makes, tmp_path):
    fake = makes()
    one = reusing(known, keep_build=True)
    built = configs.inputs(one)
    cache_keys.memo(one, "warnings", cache_keys.warnings(built), lambda: ())
    cache_keys.memo(one, "compiled", built, lambda: ())
    for _ in range(2):
        after = build_stages.build_patched(one)
        assert after.image_patched.path == tmp_path / "out" / "kernel" / "out" / "vmlinux"
    assert len(fake.calls) == 2
