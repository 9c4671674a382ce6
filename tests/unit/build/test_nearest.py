# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernel of the cache a base begins from, and what is left of it."""

import json
import shutil

import pytest

from harness.build import kconfig, nearest
from harness.errors import CommandFailedError
from harness.model import Kconfig, Sources
from harness.system import repo

BASE = {"a.c": "a\n", "fs/b.c": "b\n", "fs/c.S": "c\n"}
MADE = ("gcc 12", "tinyconfig", "CONFIG_A=y\n")


@pytest.fixture
def cache(tmp_path):
    (tmp_path / "kernels").mkdir()
    return tmp_path


@pytest.fixture
def tree(git):
    return git.tree(BASE)


@pytest.fixture
def keep(cache, git):
    """``keep(name, commit)``: a finished kernel with the sources of a commit."""
    def go(name, commit, made=MADE, *, steps=7, id_=None):
        home = cache / "kernels" / name
        for path, text in git.files(commit).items():
            (home / "src" / path).parent.mkdir(parents=True, exist_ok=True)
            (home / "src" / path).write_bytes(text)
        (home / "out" / "fs").mkdir(parents=True)
        for left in ("fs/b.o", "fs/.b.o.cmd", "fs/c.o", "fs/.c.o.cmd", "a.o", ".a.o.cmd"):
            (home / "out" / left).write_text("made\n")
        mark = nearest.mark(git.tree_id("", commit) if id_ is None else id_, commit, steps,
                            "vmlinux", made)
        (home / "done").write_text(mark)
        return home
    return go


def test_what_is_written_beside_a_kernel_is_read_back(cache, keep, tree):
    home = keep("k", tree.commit)
    (found,) = nearest.kept(cache)
    assert found == nearest.Kept(home, tree.commit, repo.tree_id("", tree.commit), 7, MADE)
    assert found.sources == Sources(home / "src")
    assert json.loads((home / "done").read_text())["image"] == "vmlinux"


def test_a_cache_without_kernels_has_none(tmp_path, tree):
    assert list(nearest.kept(tmp_path / "nowhere")) == []
    assert nearest.find(tmp_path, tree, tree.commit, MADE) is None
    assert not list(nearest.same_tree(tmp_path, tree, tree.commit))


@pytest.mark.parametrize("text", [
    "", "{", "[]", "7", "null", '"x"', "{}", '{"commit": "c", "steps": "many"}',
    '{"commit": "c", "made": 7}', '{"commit": "c", "made": null}', "\udcff",
])
def test_what_is_no_mark_of_ours_is_passed_over(cache, keep, tree, text):
    home = cache / "kernels" / "a-bad-one"
    home.mkdir()
    (home / "done").write_text(text, "utf-8", "surrogateescape")
    keep("good", tree.commit)
    assert [k.home.name for k in nearest.kept(cache)] == ["good"]


def test_an_unfinished_kernel_is_none(cache, keep, tree):
    (keep("k.part", tree.commit) / "done").unlink()
    assert list(nearest.kept(cache)) == []


def test_a_mark_of_an_earlier_form_has_no_tree_and_nothing_that_made_it(cache, tree):
    (cache / "kernels" / "old").mkdir()
    (cache / "kernels" / "old" / "done").write_text(json.dumps({"commit": tree.commit}))
    (found,) = nearest.kept(cache)
    assert (found.tree, found.steps, found.made) == ("", 0, ())
    assert list(nearest.same_tree(cache, tree, tree.commit)) == [found], "its commit says so"
    assert nearest.find(cache, tree, tree.commit, MADE) is None, "its objects may be anything"


def test_the_same_tree_may_be_of_another_commit_and_configuration(cache, keep, tree, git):
    keep("other", git.commit({**BASE, "a.c": "x\n"}))
    home = keep("same", git.commit(BASE, "again"), ("clang", "defconfig", "CONFIG_Z=y\n"))
    assert [k.home for k in nearest.same_tree(cache, tree, tree.commit)] == [home]


def test_a_commit_that_is_gone_is_no_same_tree(cache, keep, tree, git):
    gone = git.commit(BASE, "gone")
    keep("gone", gone, id_="")
    git.commits.pop(gone)
    assert not list(nearest.same_tree(cache, tree, tree.commit))


def test_what_makes_objects_is_toolchain_start_and_symbols():
    config = Kconfig(("CONFIG_A=y\n", "CONFIG_B=n # optional\n"), "defconfig")
    assert nearest.made_with(config, "gcc 12") == ("gcc 12", "defconfig", kconfig.render(config))


def edited(number):
    """The base with as many files that differ."""
    return {**BASE, **{f"new{n}.c": "n\n" for n in range(number)}}


def test_the_kernel_with_the_fewest_files_that_differ_is_the_nearest(cache, keep, tree, git):
    for name, far in (("far", 9), ("near", 2), ("middle", 5)):
        keep(name, git.commit(edited(far)))
    assert nearest.find(cache, tree, tree.commit, MADE).home.name == "near"


def test_a_symbol_counts_as_much_as_three_files(cache, keep, tree, git):
    wanted = (*MADE[:2], "CONFIG_A=y\nCONFIG_B=y\n")
    keep("a-symbol", tree.commit)
    keep("files", git.commit(edited(2)), wanted)
    assert nearest.find(cache, tree, tree.commit, wanted).home.name == "files"
    shutil.rmtree(cache / "kernels" / "files")
    keep("files", git.commit(edited(4)), wanted)
    assert nearest.find(cache, tree, tree.commit, wanted).home.name == "a-symbol"


def test_of_two_that_are_as_near_it_is_the_first_by_name(cache, keep, tree, git):
    for name in ("b", "a", "c"):
        keep(name, git.commit(edited(3), name))
    assert nearest.find(cache, tree, tree.commit, MADE).home.name == "a"


@pytest.mark.parametrize("made", [
    ("gcc 13", *MADE[1:]), (MADE[0], "defconfig", MADE[2]), (*MADE[:2], "CONFIG_A=m\n"),
    (*MADE[:2], "CONFIG_A=y\nCONFIG_B=y\n"), MADE[:2], (), (*MADE, "more"),
])
def test_objects_of_other_tools_or_symbols_are_of_no_use(cache, keep, tree, made):
    keep("k", tree.commit, made)
    assert nearest.find(cache, tree, tree.commit, MADE) is None


def test_symbols_that_go_do_not_matter_where_no_objects_are_left_behind(cache, keep, tree):
    keep("more", tree.commit, (*MADE[:2], "CONFIG_A=y\nCONFIG_B=y\n"))
    assert nearest.find(cache, tree, tree.commit, MADE, superset=True).home.name == "more"
    keep("other-tools", tree.commit, ("gcc 13", *MADE[1:]))
    assert nearest.find(cache, tree, tree.commit, MADE, superset=True).home.name == "more"


def test_what_differs_in_too_many_files_is_built_from_nothing(cache, keep, tree, git, monkeypatch):
    monkeypatch.setattr(nearest, "MOST_CHANGED", 3)
    keep("four", git.commit(edited(4)))
    assert nearest.find(cache, tree, tree.commit, MADE) is None
    keep("three", git.commit(edited(3)))
    assert nearest.find(cache, tree, tree.commit, MADE).home.name == "three"


def test_many_symbols_do_not_make_a_tree_too_far(cache, keep, tree, monkeypatch):
    monkeypatch.setattr(nearest, "MOST_CHANGED", 3)
    keep("k", tree.commit)
    wanted = (*MADE[:2], MADE[2] + "".join(f"CONFIG_B{n}=y\n" for n in range(9)))
    assert nearest.find(cache, tree, tree.commit, wanted).home.name == "k"


def test_a_kernel_of_a_commit_that_is_not_here_is_too_far(cache, keep, tree, git):
    gone = git.commit(edited(1))
    keep("k", gone)
    git.commits.pop(gone)
    assert nearest.find(cache, tree, tree.commit, MADE) is None


def test_the_same_tree_of_a_commit_that_is_not_here_is_near(cache, keep, tree, git):
    gone = git.commit(BASE, "gone")
    keep("k", gone)
    git.commits.pop(gone)
    assert nearest.find(cache, tree, tree.commit, MADE).home.name == "k"


@pytest.fixture
def begin(cache, keep, tree, git, disk):
    """``begin(files)``: a base of these files, begun from a kernel of ``BASE``."""
    def go(files, *, lose=""):
        keep("k", tree.commit)
        (near,) = nearest.kept(cache)
        if lose:
            shutil.rmtree(near.home / lose)
        work = cache / "kernels" / "new.part"
        work.mkdir()
        return nearest.begin(tree, near, git.commit(files), work), work
    return go


def files_of(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_base_begins_with_its_own_sources_and_the_objects_of_the_other(begin, cache):
    files = {**BASE, "a.c": "new\n", "net/d.c": "d\n"}
    begun, work = begin(files)
    assert begun
    assert files_of(work / "src") == files
    assert files_of(work / "out") == files_of(cache / "kernels" / "k" / "out")
    assert files_of(cache / "kernels" / "k" / "src") == BASE, "the other stays as it is"


def test_the_same_tree_is_linked(begin, cache):
    begun, work = begin(BASE)
    assert begun
    assert files_of(work / "src") == BASE
    assert (work / "src" / "a.c").samefile(cache / "kernels" / "k" / "src" / "a.c")
    assert not (work / "over").exists()


def test_nothing_is_left_of_the_objects_of_files_that_are_no_more(begin, cache):
    begun, work = begin({"a.c": "a\n"})
    assert begun
    assert set(files_of(work / "out")) == {"a.o", ".a.o.cmd"}
    assert "fs/b.o" in files_of(cache / "kernels" / "k" / "out")


def test_a_file_at_the_top_goes_with_its_object_and_what_never_had_one_is_no_matter(begin):
    begun, work = begin({p: t for p, t in BASE.items() if p != "a.c"})
    assert begun
    assert set(files_of(work / "out")) == {"fs/b.o", "fs/.b.o.cmd", "fs/c.o", "fs/.c.o.cmd"}


@pytest.mark.parametrize("lost", ["src", "out"])
def test_a_kernel_that_went_meanwhile_is_nothing_to_begin_from(begin, disk, lost):
    def gone(argv, _):
        raise CommandFailedError("cp", 1, f"cannot stat {argv[-2]}")
    if lost == "out":
        disk.say("cp", "--reflink=auto", does=gone)
    assert not begin({**BASE, "a.c": "new\n"}, lose=lost)[0]


def test_a_link_that_a_build_left_is_not_followed_when_objects_go(cache, tree, git, keep, disk):
    home = keep("k", tree.commit)
    (cache / "outside").mkdir()
    (cache / "outside" / "b.o").write_text("mine\n")
    shutil.rmtree(home / "out" / "fs")
    (home / "out" / "fs").symlink_to(cache / "outside")
    (near,) = nearest.kept(cache)
    work = cache / "kernels" / "new.part"
    work.mkdir()
    assert nearest.begin(tree, near, git.commit({"a.c": "a\n"}), work)
    assert (cache / "outside" / "b.o").read_text() == "mine\n"
