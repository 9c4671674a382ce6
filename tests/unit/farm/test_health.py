# SPDX-License-Identifier: GPL-2.0-or-later
"""What checks of series say of the trees that they are judged on."""

from harness.compare import changes
from harness.farm import health
from harness.model import StageResult, Status
from harness.report import site
from tests.make import guest_run, report

S = Status
BUILT = (StageResult("build-base", S.PASS, 1.0), StageResult("boot-base", S.PASS, 1.0))


def check(ended, *, tree="kvm", stages=BUILT, **tests):
    rows = changes(guest_run({n: a for n, (a, _) in tests.items()}),
                   guest_run({n: b for n, (_, b) in tests.items()}))
    return health.seen(tree, ended, report(stages=stages, changes=rows, base="c" * 40))


def test_a_check_that_neither_built_nor_booted_says_nothing_of_its_base():
    assert check(1.0, stages=(StageResult("lint", S.PASS, 1.0),)) is None
    assert check(1.0, stages=(StageResult("build-base", S.NOT_RUN, 1.0),)) is None


def test_what_fails_on_the_base_and_what_is_unsteady_is_counted():
    rows = [check(1.0, **{"p.a": ("FAIL", "FAIL"), "p.b": ("PASS", "PASS")}),
            check(2.0, **{"p.a": ("FAIL", "PASS"), "p.b": ("PASS", "FLAKY")}),
            check(3.0, **{"p.a": ("PASS", "FAIL"), "p.b": ("SKIP", "SKIP")})]
    (kvm,) = health.of(rows)
    assert (kvm.runs, kvm.newest.ended, kvm.newest.base) == (3, 3.0, "c" * 12)
    assert kvm.failing == (("p.a", 2, 3),), "that a series broke it is no word about the base"
    assert kvm.unsteady == (("p.b", 1, 2),)


def test_only_the_last_checks_of_each_tree_count():
    old = check(1.0, **{"p.a": ("FAIL", "FAIL")})
    rows = [old, *(check(2.0 + n, **{"p.a": ("PASS", "PASS")}) for n in range(health.RUNS))]
    other = check(1.0, tree="mm", stages=(StageResult("build-base", S.FAIL, 1.0),))
    kvm, broken = health.of([*rows, other])
    assert (kvm.runs, kvm.failing) == (health.RUNS, ())
    assert (broken.newest.tree, broken.newest.builds, broken.newest.boots) == ("mm", False, None)


def test_the_page_says_it_and_escapes_what_is_foreign(tmp_path):
    rows = [check(1.0, tree="<b>kvm", **{"p.<i>": ("FAIL", "FAIL")}),
            check(1.0, tree="mm", stages=(StageResult("build-base", S.FAIL, 1.0),))]
    site.write_trees(tmp_path, health.of(rows), "A list")
    text = (tmp_path / "trees.html").read_text()
    assert "&lt;b&gt;kvm" in text
    assert "p.&lt;i&gt;: 1 of 1 runs" in text
    assert "does not build" in text
    assert "boot: not looked at" in text
    site.write_trees(tmp_path, (), "A list")
    assert "No check has built a tree yet" in (tmp_path / "trees.html").read_text()


def test_the_page_says_of_each_head_whether_series_are_judged_on_it(tmp_path):
    site.write_trees(tmp_path, (), "kvm", (
        ("linux", "a" * 40, "good", ""), ("next", "b" * 40, "bad", "does not <build>"),
        ("old", "c" * 40, "asked", "")))
    text = (tmp_path / "trees.html").read_text()
    assert f"linux, {'a' * 12}: <span class=\"pass\">builds and boots" in text
    assert "judges no series</span>, does not &lt;build&gt;" in text
    assert "is looked at" in text
