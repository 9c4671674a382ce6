# SPDX-License-Identifier: GPL-2.0-or-later
"""What needs the tree, its scripts asked; the user's choice of rules; warnings compared."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness import selection
from harness.build import codecheck
from harness.errors import CommandFailedError, DeadlineError, UsageError
from harness.lint import RULES, on_tree
from harness.lint.rule import TreeRule
from harness.model import Applied, Finding, PatchFile, Severity
from harness.profiles import Profile
from harness.system.sandbox import Sandbox
from tests import make

PLAIN = Sandbox(enabled=False)
SCRIPTS = {"scripts/checkpatch.pl": "#!/usr/bin/perl\n", "scripts/spelling.txt": "teh||the\n",
           "scripts/get_maintainer.pl": "#!/usr/bin/perl\n", "MAINTAINERS": "TOY\n", "a.c": "old\n"}


def patch(number=1, line="int  a;", **changes):
    file = PatchFile("a.c", "a.c", 1, 0, added_lines=((7, line),))
    return make.patch(number=number, files=(file,), **changes)


@pytest.fixture
def applied(git):
    """A series of two commits on a base."""
    base = git.commit({"a.c": "old\n", "b.c": "b\n"}, "toy: Start")
    head = git.commit({"a.c": "new\n", "b.c": "b\n"}, "toy: Do it")
    return Applied(replace(git.tree({}), commit=base), base, (head,))


def profile(folder):
    return Profile("toy", "Toy", folder, (), (), folder, (), (), (), (), (), (), (), "")


RULE = """[[rule]]
id = "toy-both"
summary = "both are not compared"
why = "w"
fix = "f"
bad = "b"
good = "g"
file = "a.c"
function = "f"
compare = ["one", "two"]
"""


def test_rules_see_the_series_on_its_tree(applied, git):
    series = make.series()
    tree = on_tree.context(series, applied, lambda: (("a@x.org", "list"),))
    assert (tree.series, tree.paths) == (series, ("a.c",))
    assert [tree.before("a.c"), tree.after("a.c"), tree.after("z.c")] == [b"old\n", b"new\n", None]
    assert tree.grep("^(new|b)$", ("*.c",)) == ("a.c", "b.c")
    assert tree.maintainers() == (("a@x.org", "list"),)
    assert [tree.title_of(applied.base[:12]), tree.title_of("f" * 12)] == ["toy: Start", ""]
    git.history = False
    assert tree.title_of(applied.base[:12]) is None


def test_a_profile_brings_rules_beside_those_of_the_house(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.toml").write_text(RULE)
    own = [r.id for r in RULES if isinstance(r, TreeRule)]
    assert [r.id for r in on_tree.rules([])] == own
    assert [r.id for r in on_tree.rules([profile(tmp_path)])] == [*own, "toy-both"]


def test_findings_are_those_of_all_rules(git, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.toml").write_text(RULE)
    base = git.commit({})
    head = git.commit({"a.c": "int f(void)\n{\n}\n", "include/uapi/a.h": "struct a { long b; };\n"})
    got = on_tree.findings(make.series(), Applied(git.tree({}), base, (head,)),
                           [profile(tmp_path)], tuple)
    assert [f.rule for f in got] == ["uapi-types", "toy-both"]


def test_checkpatch_of_the_base_reads_each_patch(git, commands):
    tree = git.tree(SCRIPTS)

    def check(argv, kwargs):
        script = Path(next(a for a in argv if a.endswith("checkpatch.pl")))
        assert script.read_text() == SCRIPTS["scripts/checkpatch.pl"]
        assert (script.parent / "spelling.txt").is_file()
        assert not (script.parent.parent / "a.c").exists(), "nothing else of the tree"
        return b"a.c:7: WARNING:SPACING: x\n" if b"2/2" in kwargs["stdin"] else b""

    commands.say("perl", code=1, does=check)
    series = make.series(patch(1, total=2), patch(2, total=2))
    got = on_tree.check_patches(series, tree, tree.commit, PLAIN)
    assert got.unread == ()
    assert [(f.rule, f.patch, str(f.where)) for f in got.found] == [
        ("checkpatch-spacing", 2, "a.c:7")]
    assert len(commands.calls) == 2
    assert all({"--no-tree", "--terse", "-"} <= set(c) for c in commands.calls)


def test_checkpatch_that_breaks_is_no_clean_patch(git, commands):
    commands.say("perl", code=2, err=b"cannot\n")
    tree = git.tree(SCRIPTS)
    with pytest.raises(CommandFailedError):
        on_tree.check_patches(make.series(), tree, tree.commit, PLAIN)


def test_a_huge_patch_is_not_given_to_checkpatch(git, commands, monkeypatch):
    monkeypatch.setattr(on_tree, "MOST_LINES", make.DIFF.count(b"\n"))
    commands.say("perl", out=b"a.c:7: WARNING:SPACING: x\n")
    tree = git.tree(SCRIPTS)
    series = make.series(patch(), patch(2, diff=make.DIFF + b"+more\n"))
    got = on_tree.check_patches(series, tree, tree.commit, PLAIN)
    assert [f.patch for f in got.found] == [1]
    assert got.unread == (f"patch 2: more than {on_tree.MOST_LINES} lines",)


def test_a_line_too_long_for_checkpatch_is_not_given_to_it(git, commands, monkeypatch):
    monkeypatch.setattr(on_tree, "LONGEST_LINE", max(map(len, make.DIFF.split(b"\n"))))
    commands.say("perl")
    tree = git.tree(SCRIPTS)
    series = make.series(patch(), patch(2, diff=make.DIFF + b"+" + b"x" * 90 + b"\n"))
    got = on_tree.check_patches(series, tree, tree.commit, PLAIN)
    assert got.unread == (f"patch 2: a line of more than {on_tree.LONGEST_LINE} bytes",)
    assert len(commands.calls) == 1


def test_checkpatch_that_does_not_end_is_said_and_the_other_patches_are_read(git, commands):
    tree = git.tree(SCRIPTS)

    def check(argv, kwargs):
        if b"1/2" in kwargs["stdin"]:
            raise DeadlineError("perl: no end after 60 s")
        return b"a.c:7: WARNING:SPACING: x\n"

    commands.say("perl", does=check)
    series = make.series(patch(1, total=2), patch(2, total=2))
    got = on_tree.check_patches(series, tree, tree.commit, PLAIN)
    assert [f.patch for f in got.found] == [2]
    assert got.unread == ("patch 1: perl: no end after 60 s",)


def test_a_tree_without_its_scripts_is_told_from_one_that_says_nothing(git, commands):
    tree = git.tree({"scripts/spelling.txt": "", "MAINTAINERS": ""})
    assert on_tree.check_patches(make.series(), tree, tree.commit, PLAIN) is None
    assert on_tree.maintainers(make.series(), tree, tree.commit, PLAIN) == ()
    assert commands.calls == []


ROLES = b"""\"B. Oss\" <boss@x.org> (maintainer:TOY)
A Dev <a.dev+x@x.org> (reviewer:TOY (part))
list@x.org (open list:TOY)
Bad divisor in main::vcs_assign: 0
"""


def test_maintainers_are_addresses_with_roles(git, commands):
    tree = git.tree(SCRIPTS)

    def ask(argv, kwargs):
        top = Path(next(a for a in argv if a.endswith("get_maintainer.pl"))).parent.parent
        assert (top / "MAINTAINERS").read_text() == "TOY\n"
        assert all((top / n).is_dir() for n in ("arch", "include", "kernel", "Documentation"))
        assert all((top / n).is_file() for n in ("COPYING", "Kbuild", "Makefile"))
        assert kwargs["stdin"] == make.DIFF + b"second"
        return ROLES

    commands.say("perl", does=ask, code=1)
    series = make.series(make.patch(), make.patch(number=2, diff=b"second"))
    assert on_tree.maintainers(series, tree, tree.commit, PLAIN) == (
        ("boss@x.org", "maintainer:TOY"), ("a.dev+x@x.org", "reviewer:TOY (part)"),
        ("list@x.org", "open list:TOY"))
    assert {"--nogit", "--nokeywords", "--roles"} <= set(commands.calls[0])


def test_scripts_run_in_the_sandbox_and_see_only_what_was_written_for_them(git, commands):
    tree = git.tree(SCRIPTS)
    commands.say("perl")
    box = Sandbox(step_down=False)
    on_tree.check_patches(make.series(), tree, tree.commit, box)
    on_tree.maintainers(make.series(), tree, tree.commit, box)
    for argv, script in zip(commands.calls, ("checkpatch", "get_maintainer"), strict=True):
        assert "bwrap" in argv
        assert f"/src/scripts/{script}.pl" in argv
        assert argv[argv.index("/src") - 2] == "--ro-bind"


FOUND = (Finding("cover-letter", Severity.NOTE, "no cover"),
         Finding("capability-number", Severity.NOTE, "a hole"),
         Finding("signed-off", Severity.ERROR, "nobody"))


def test_rules_are_chosen():
    kept, notes = selection.read({"cover-letter": "ignore: one patch", "capability-*": "error"}
                              ).apply(FOUND)
    assert [(f.rule, f.severity) for f in kept] == [
        ("capability-number", Severity.ERROR), ("signed-off", Severity.ERROR)]
    assert notes == ("cover-letter: 1 findings ignored: one patch",)
    assert [f.rule for f in selection.read({}, ["sign*"]).apply(FOUND)[0]] == ["signed-off"]


@pytest.mark.parametrize("value", ["ignore", "ignore:", "fatal", ""])
def test_a_choice_without_sense_is_refused(value):
    with pytest.raises(UsageError, match="rule x"):
        selection.read({"x": value})


GCC = """/src/kernel/a.c: In function 'f':
/src/kernel/a.c:{}:5: warning: unused variable 'x' [-Wunused-variable]
/src/kernel/a.c: In function 'g':
/src/kernel/a.c:{}:5: warning: comparison of 3 and 4
"""


def test_moved_warnings_are_no_new_ones():
    before, after = codecheck.parse(GCC.format(10, 20)), codecheck.parse(GCC.format(15, 90))
    assert [w.function for w in before] == ["f", "g"]
    assert list(codecheck.new(before, after)) == []
    twice = codecheck.parse(GCC.format(10, 20) + GCC.format(30, 40))
    assert [w.function for w in codecheck.new(before, twice)] == ["f", "g"]
    assert [w.function for w in codecheck.new((), before)] == ["f", "g"]
