# SPDX-License-Identifier: GPL-2.0-or-later
"""How a tree that is named gets into a repository of our own."""

import fcntl
from pathlib import Path

import pytest

from harness import trees
from harness.errors import InfrastructureError, UsageError
from harness.model import Tree

COMMIT = "c" * 40


@pytest.fixture
def said():
    return []


@pytest.fixture
def git(commands):
    """Processes that behave as git does; ``git.found`` is what rev-parse answers."""

    def init(argv, kwargs):
        bare = Path(argv[-1])
        (bare / "objects" / "info").mkdir(parents=True)
        (bare / "HEAD").write_text("ref: refs/heads/main\n")

    commands.found = [COMMIT]
    commands.say("init", does=init)
    commands.say("rev-parse", does=lambda argv, kwargs: commands.found.pop(0).encode())
    commands.say("log", out=b"where it is from\n")
    return commands


def call(commands, word):
    (argv,) = [argv for argv in commands.calls if word in argv]
    return argv


def kernel(path):
    """A user's repository."""
    (path / ".git" / "objects").mkdir(parents=True)
    (path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return path


def alternates(tree):
    return (tree.repo / "objects" / "info" / "alternates").read_text()


# Trees of the table


def test_a_row_is_known_by_its_name():
    assert trees.known("v4.19").ref == "v4.19"
    assert trees.known("v4.19.1") is None


def test_a_tree_is_imported_once(git, tmp_path, said):
    bare = tmp_path / "trees.git"
    bare.mkdir()
    (bare / "HEAD").touch()
    tree = trees.obtain("debian-6.1", tmp_path, said.append)
    assert tree == Tree("debian-6.1", bare, COMMIT, "where it is from")
    assert "refs/trees/debian-6.1^{commit}" in git.calls[0]
    assert said == []


def test_a_tree_that_was_not_imported_is_not_there(git, tmp_path):
    row = trees.known("v4.19")
    assert trees.cached(tmp_path, row) is None
    (tmp_path / "trees.git").mkdir()
    (tmp_path / "trees.git" / "HEAD").touch()
    git.found = [""]
    assert trees.cached(tmp_path, row) is None


def test_a_tree_is_fetched_from_its_url(git, tmp_path, said):
    git.say("fetch")
    tree = trees.obtain("v4.19", tmp_path / "cache", said.append)
    assert (tree.name, tree.commit) == ("v4.19", COMMIT)
    argv = call(git, "fetch")
    assert f"--git-dir={tmp_path}/cache/trees.git" in argv
    assert argv[-2:] == [trees.known("v4.19").where, "+v4.19:refs/trees/v4.19"]
    assert "--depth=1" in argv
    assert "v4.19" in said[0]


@pytest.mark.parametrize(("tail", "why"), [
    (b"warning: x\nfatal: no route to host\n", "no route to host"), (b"", "no reason")])
def test_a_tree_that_cannot_be_fetched(git, tmp_path, said, tail, why):
    git.say("fetch", err=tail, code=128)
    with pytest.raises(InfrastructureError, match=why) as error:
        trees.obtain("kvm-next", tmp_path, said.append)
    assert "kvm-next" in error.value.message
    assert "warning" not in error.value.message
    assert "--tree" in error.value.hint


def test_an_import_that_left_nothing_behind(git, tmp_path, said):
    git.say("fetch")
    git.found = [""]
    with pytest.raises(InfrastructureError, match=r"v4\.18"):
        trees.obtain("v4.18", tmp_path, said.append)


def test_who_waits_for_another_run_says_so(monkeypatch, tmp_path, said):
    asked = []

    def flock(handle, how):
        asked.append(how)
        if how & fcntl.LOCK_NB:
            raise BlockingIOError

    monkeypatch.setattr(fcntl, "flock", flock)
    with trees.locked(tmp_path / "new" / "lock", said.append):
        assert asked[-1] == fcntl.LOCK_EX
    assert str(tmp_path / "new" / "lock") in said[0]


def test_a_lock_is_held_only_inside(tmp_path, said):
    path = tmp_path / "lock"
    with trees.locked(path, said.append), path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with trees.locked(path, said.append):
        assert said == []


# A user's own


@pytest.mark.parametrize(("text", "rev"), [
    ("linux", "HEAD"), ("linux@v1", "v1"), ("linux@", "HEAD"), ("linux@v1~2", "v1~2"),
    ("linux@@{upstream}", "@{upstream}"), ("linux@main@{u}", "main@{u}"), ("a@b", "HEAD"),
    ("a@b@v1", "v1"), ("a@b@@{upstream}", "@{upstream}")])
def test_a_path_and_a_revision(git, tmp_path, said, text, rev):
    path = kernel(tmp_path / ("a@b" if text.startswith("a@b") else "linux"))
    git.found = [COMMIT, COMMIT]
    tree = trees.obtain(f"{tmp_path}/{text}", tmp_path / "cache", said.append)
    assert (tree.name, tree.commit, tree.origin) == (path.name, COMMIT, f"{path}@{rev}")
    assert tree.repo.parent == tmp_path / "cache" / "own"
    assert alternates(tree) == f"{path}/.git/objects\n"
    theirs, ours = (argv for argv in git.calls if "rev-parse" in argv)
    assert theirs[-1] == f"{rev}^{{commit}}"
    assert theirs[1:3] == ["-C", str(path)]
    assert "core.fsmonitor=false" in theirs, "nothing that the user's repository names is run"
    assert f"--git-dir={tree.repo}" in ours


def test_a_home_may_be_written_as_a_tilde(git, tmp_path, said, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    kernel(tmp_path / "linux")
    git.found = [COMMIT, COMMIT]
    assert trees.obtain("~/linux@v1", tmp_path / "cache", said.append).origin == (
        f"{tmp_path}/linux@v1")


def test_two_trees_of_the_same_name_are_told_apart(git, tmp_path, said):
    git.found = [COMMIT] * 4
    one, two = (trees.obtain(str(kernel(tmp_path / top / "linux")), tmp_path / "cache",
                             said.append) for top in ("a", "b"))
    assert one.name == two.name
    assert one.repo != two.repo


def test_a_name_that_is_no_tree(tmp_path, said):
    with pytest.raises(UsageError, match="linux-7") as error:
        trees.obtain("linux-7", tmp_path, said.append)
    assert "debian-6.1" in error.value.hint
    (tmp_path / "file").touch()
    with pytest.raises(UsageError):
        trees.obtain(str(tmp_path / "file"), tmp_path, said.append)


@pytest.mark.parametrize("found", [[""], [COMMIT, ""]])
def test_a_revision_that_is_not_there(git, tmp_path, said, found):
    """Nobody knows it, or its objects lie where they cannot be borrowed."""
    git.found = found
    path = kernel(tmp_path / "linux")
    with pytest.raises(UsageError, match="v9"):
        trees.obtain(f"{path}@v9", tmp_path / "cache", said.append)


def test_a_bare_repository(git, tmp_path, said):
    git.found = [COMMIT, COMMIT]
    bare = kernel(tmp_path / "x") / ".git"
    tree = trees.obtain(str(bare), tmp_path / "cache", said.append)
    assert alternates(tree) == f"{bare}/objects\n"


@pytest.mark.parametrize("common", ["../..\n", None])
def test_a_worktree_or_a_submodule_borrows_from_where_its_objects_are(git, tmp_path, said, common):
    git.found = [COMMIT, COMMIT]
    main = kernel(tmp_path / "main") / ".git"
    folder = main / "worktrees" / "wt"
    folder.mkdir(parents=True)
    if common:
        (folder / "commondir").write_text(common)
        where = main
    else:
        (folder / "objects").mkdir()
        (folder / "HEAD").touch()
        where = folder
    (tmp_path / "wt").mkdir()
    (tmp_path / "wt" / ".git").write_text("gitdir: ../main/.git/worktrees/wt\n")
    tree = trees.obtain(str(tmp_path / "wt"), tmp_path / "cache", said.append)
    assert alternates(tree) == f"{where}/objects\n"


# A plain folder


def test_an_unpacked_tarball_is_imported(git, tmp_path, said):
    git.say("add")
    git.say("write-tree", out=b"7ree\n")
    git.say("commit-tree", out=COMMIT.encode() + b"\n")
    git.say("update-ref")
    path = tmp_path / "linux-6.1"
    path.mkdir()
    (path / "Makefile").touch()
    (path / "objects").mkdir()  # alone it makes no repository
    tree = trees.obtain(str(path), tmp_path / "cache", said.append)
    assert (tree.name, tree.commit, tree.origin) == ("linux-6.1", COMMIT, str(path))
    assert f"--work-tree={path}" in call(git, "add")
    assert "--force" in call(git, "add"), "what .gitignore names belongs to the tree"
    assert call(git, "commit-tree")[call(git, "commit-tree").index("commit-tree") + 1] == "7ree"
    assert call(git, "update-ref")[-2:] == ["refs/trees/import", COMMIT]
    assert str(path) in said[0]


def test_a_folder_without_a_makefile_is_no_kernel(git, tmp_path, said):
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="kernel tree"):
        trees.obtain(str(tmp_path / "x"), tmp_path / "cache", said.append)
