# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds in other configurations."""

from dataclasses import replace

import pytest

from harness.build import kernel
from harness.build.kbuild import BuildError, BuildFailedError
from harness.errors import UsageError
from harness.model import Finding, Location, Severity
from harness.run import extra_stages
from harness.run.state import NotRunError
from tests.unit.run.toys import built, compiles, counted, image, objects, raises

BROKEN = BuildFailedError(2, BuildError("'x' undeclared", Location("fs/a.c", 3)))


@pytest.fixture
def known(tmp_path, git, versions):
    return built(tmp_path, git)


@pytest.fixture
def extra(known, monkeypatch, tmp_path):
    """``extra(base, patched, *names)``: what comes of other configurations, all at once."""
    def go(base, patched, *names):
        monkeypatch.setattr(kernel, "base", counted(base))
        monkeypatch.setattr(kernel, "patched", counted(patched))
        one = replace(known, findings=(Finding("old", Severity.NOTE, "m"),))
        return extra_stages.build_extra(
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
    assert objects(after, "x86_64, b.config") == {"fs/a.c": 1}
    assert objects(after, "x86_64, allnoconfig") == {"fs/a.c": 1}
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
