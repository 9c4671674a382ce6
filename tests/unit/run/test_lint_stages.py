# SPDX-License-Identifier: GPL-2.0-or-later
"""Lint with a tree and without one."""

from dataclasses import replace

import pytest

from harness.errors import InputRefusedError
from harness.lint import on_tree
from harness.model import Finding, Severity
from harness.run import lint_stages, placing
from harness.run.state import NotRunError, SkippedStage
from tests.make import patch, series
from tests.unit.run.toys import applied, counted, profile, raises, reusing, state

OLD = Finding("old", Severity.NOTE, "m")
SAID = Finding("checkpatch-x", Severity.NOTE, "m")


@pytest.fixture
def known(tmp_path, git, monkeypatch, versions):
    """A run whose series is applied; perl says one thing and names one maintainer."""
    made = applied(git, {"a.c": "old\n", "MAINTAINERS": "x\n"}, {"a.c": "new\n"})
    monkeypatch.setattr(on_tree, "check_patches", counted(on_tree.Styled((SAID,))))
    monkeypatch.setattr(on_tree, "maintainers", counted((("b@x.org", "maintainer"),)))
    monkeypatch.setattr(on_tree, "findings", counted(lambda mine, where, chosen, named: tuple(
        Finding("to", Severity.NOTE, address) for address, _ in named())))
    return state(tmp_path, applied=made, findings=(OLD,))


def test_rules_over_mails_need_no_tree(tmp_path):
    unsigned = series(patch(message="Because.\n"))
    one = state(tmp_path, series=unsigned, findings=(OLD,))
    rules = [f.rule for f in lint_stages.check_lint(one).findings]
    assert rules[0] == "old"
    signed = [f.rule for f in lint_stages.check_lint(replace(one, series=series())).findings]
    assert set(rules) - set(signed) == {"signed-off"}


def test_rules_on_the_tree_and_its_own_scripts(known, tmp_path):
    one = replace(known, profiles=(profile(tmp_path),))
    after = lint_stages.check_on_tree(one)
    assert [f.rule for f in after.findings] == ["old", "to", "checkpatch-x"]
    assert after.findings[1].message == "b@x.org"
    assert after.not_run == ()
    asked = (one.series, one.applied.tree, one.applied.base, one.box())
    assert on_tree.check_patches.calls == [(asked, {})]
    assert on_tree.maintainers.calls == [(asked, {})]
    assert on_tree.findings.calls[0][0][:3] == (one.series, one.applied, one.profiles)


def test_the_scripts_are_asked_once(known):
    for _ in range(2):
        after = lint_stages.check_on_tree(reusing(known))
    assert [f.rule for f in after.findings] == ["old", "to", "checkpatch-x"]
    assert len(on_tree.check_patches.calls) == len(on_tree.maintainers.calls) == 1
    lint_stages.check_on_tree(reusing(replace(known, series=series(patch(), patch()))))
    assert len(on_tree.check_patches.calls) == 2


def test_without_checkpatch_by_the_users_wish(known):
    after = lint_stages.check_on_tree(
        replace(known, request=replace(known.request, checkpatch=False)))
    assert [f.rule for f in after.findings] == ["old", "to"]
    assert after.not_run == ()
    assert on_tree.check_patches.calls == []


def test_a_tree_without_checkpatch_is_said(known, monkeypatch):
    monkeypatch.setattr(on_tree, "check_patches", counted(None))
    after = lint_stages.check_on_tree(replace(known, not_run=("before",)))
    assert [f.rule for f in after.findings] == ["old", "to"]
    before, said = after.not_run
    assert before == "before"
    assert "checkpatch" in said
    assert "toy" in said


def test_a_patch_that_checkpatch_did_not_read_is_said_and_asked_again(known, monkeypatch):
    monkeypatch.setattr(on_tree, "check_patches", counted(
        on_tree.Styled((SAID,), ("patch 2: a line of more than 20,000 bytes",))))
    for _ in range(2):
        after = lint_stages.check_on_tree(reusing(known))
    assert [f.rule for f in after.findings] == ["old", "to", "checkpatch-x"]
    assert after.unread == ("checkpatch: NOT_RUN: patch 2: a line of more than 20,000 bytes",)
    assert len(on_tree.check_patches.calls) == 2


@pytest.fixture
def alone(known, monkeypatch):
    """``lint`` by itself: nothing is applied yet, but could be."""
    made = known.applied
    one = replace(known, applied=None, tree=None)
    monkeypatch.setattr(placing, "tree_is_here", lambda _: True)
    monkeypatch.setattr(placing, "with_tree", lambda s: replace(s, tree=made.tree))
    monkeypatch.setattr(placing, "with_applied", lambda s: replace(s, applied=made))
    monkeypatch.setattr(placing, "with_profiles", lambda s: replace(s, profiles=("a profile",)))
    return one


def test_lint_alone_takes_a_tree_that_is_here(alone, known):
    after = lint_stages.check_on_tree(alone)
    assert after.applied == known.applied
    assert on_tree.findings.calls[0][0][2] == ("a profile",)


def test_lint_alone_downloads_nothing(alone, monkeypatch):
    monkeypatch.setattr(placing, "tree_is_here", lambda _: False)
    with pytest.raises(SkippedStage) as caught:
        lint_stages.check_on_tree(alone)
    assert caught.value.applies
    assert "--tree" in str(caught.value)
    assert lint_stages.check_on_tree(replace(alone, own_tree="~/linux@a")).applied, "it is there"


def test_what_does_not_fit_a_tree_nobody_named_is_not_looked_at(alone, monkeypatch):
    monkeypatch.setattr(placing, "with_applied", raises(InputRefusedError("a.c, hunk 1")))
    with pytest.raises(NotRunError, match="hunk 1; --tree names"):
        lint_stages.check_on_tree(alone)
    settings = replace(alone.settings, tree="~/linux")
    named = replace(alone, request=replace(alone.request, settings=settings))
    with pytest.raises(InputRefusedError):
        lint_stages.check_on_tree(named)
