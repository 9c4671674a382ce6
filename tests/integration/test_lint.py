# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule against its own examples: ``bad`` is found, ``good`` is left alone.

Rules that look at the tree get tests/data/lint/tree, a kernel with one small subsystem.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness import trees
from harness.apply import apply_series
from harness.errors import InputRefusedError
from harness.intake import read_series
from harness.lint import RULES, lint, lint_tree, on_tree
from harness.model import Severity

DATA = Path(__file__).parent.parent / "data" / "lint"
TREE = DATA / "tree"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    top = tmp_path_factory.mktemp("lint")
    shutil.copytree(TREE, top / "tree")
    return trees.obtain(str(top / "tree"), top / "cache", lambda _: None)


@pytest.fixture
def found(kernel):
    def everything(path):
        series = read_series(path)
        rules = {f.rule for f in lint(series)}
        try:
            applied = apply_series(series, kernel, kernel.commit)
        except InputRefusedError:
            return rules  # an example that needs no tree
        context = replace(
            on_tree.context(series, applied, lambda: (
                ("kvm@vger.kernel.org", "open list"), ("boss@example.org", "maintainer:KVM"))),
            title_of=lambda rev: "KVM: Count" if rev.startswith("0123456789ab") else "")
        return rules | {f.rule for f in lint_tree(context)}
    return everything


def examples(which):
    """Each example of that kind of each rule; a rule may have several: good-again.patch."""
    return [pytest.param(rule.id, path, id=f"{rule.id}-{path.stem}") for rule in RULES
            for path in sorted((DATA / rule.id).glob(f"{which}*"))]


@pytest.mark.parametrize(("rule", "path"), examples("bad"))
def test_bad(rule, path, found):
    assert rule in found(path)


@pytest.mark.parametrize(("rule", "path"), examples("good"))
def test_good(rule, path, found):
    assert found(path) == set()


@pytest.mark.parametrize("path", sorted((DATA / "clean").iterdir()), ids=lambda p: p.stem)
def test_clean_patches_of_all_styles(path, found):
    """Nobody is blamed who did nothing wrong: not an error, and not a warning either."""
    quiet = {r.id for r in RULES if r.severity is Severity.NOTE}
    assert found(path) <= quiet


def test_there_are_enough_clean_ones():
    assert len(list((DATA / "clean").iterdir())) >= 25
