# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
import subprocess

import pytest

from harness import trees
from harness.errors import InfrastructureError, UsageError
from harness.system import repo


def quiet(_):
    pass


@pytest.fixture
def theirs(tmp_path):
    """A user's repository that would like to run something."""
    path = tmp_path / "theirs"
    path.mkdir()
    (path / "Makefile").write_text("all:\n")
    git = ["git", "-C", str(path), "-c", "user.name=u", "-c", "user.email=u@x"]
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    subprocess.run([*git, "tag", "v1"], check=True)
    canary = tmp_path / "canary"
    config = path / ".git" / "config"
    config.write_text(config.read_text() + f'[core]\n\tfsmonitor = "touch {canary}; false"\n'
                      f'[uploadpack]\n\tpackObjectsHook = "touch {canary}"\n')
    hook = path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {canary}\n")
    hook.chmod(0o755)
    return path


def digest(path):
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(path.rglob("*")) if p.is_file()}


def test_a_repository_of_the_users_is_read_and_nothing_in_it_runs(theirs, tmp_path):
    before = digest(theirs)
    tree = trees.obtain(f"{theirs}@v1", tmp_path / "cache", quiet)
    assert repo.show(tree.repo, tree.commit, "Makefile") == b"all:\n"
    assert not (tmp_path / "canary").exists()
    assert digest(theirs) == before


def test_head_is_the_default_revision(theirs, tmp_path):
    cache = tmp_path / "cache"
    assert trees.obtain(str(theirs), cache, quiet).commit == (
        trees.obtain(f"{theirs}@v1", cache, quiet).commit)


def test_what_is_borrowed_from_is_never_gone_for_who_reads_meanwhile(theirs, tmp_path):
    tree = trees.obtain(str(theirs), tmp_path / "cache", quiet)
    names = tree.repo / "objects" / "info" / "alternates"
    before = names.stat().st_ino, names.stat().st_mtime_ns
    trees.obtain(str(theirs), tmp_path / "cache", quiet)
    assert (names.stat().st_ino, names.stat().st_mtime_ns) == before
    names.write_text("/somewhere/else\n")
    with names.open() as reader:
        assert repo.show(trees.obtain(str(theirs), tmp_path / "cache", quiet).repo, tree.commit,
                         "Makefile") == b"all:\n"
        assert reader.read() == "/somewhere/else\n", "another file took its place"


def test_a_worktree_of_a_repository(theirs, tmp_path):
    subprocess.run(["git", "-C", str(theirs), "-c", "core.fsmonitor=false",
                    "-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "--detach",
                    str(tmp_path / "wt")], check=True)
    assert trees.obtain(str(tmp_path / "wt"), tmp_path / "cache", quiet).commit


@pytest.mark.parametrize(("name", "why"), [("linux-7", "unknown tree"), ("{}@v2", "no commit")])
def test_what_is_no_tree_is_named(theirs, tmp_path, name, why):
    with pytest.raises(UsageError, match=why) as error:
        trees.obtain(name.format(theirs), tmp_path / "cache", quiet)
    assert error.value.hint


def test_a_directory_without_a_makefile_is_no_kernel(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="neither"):
        trees.obtain(str(tmp_path / "x"), tmp_path / "cache", quiet)


def test_fast_import_is_all_or_nothing(tmp_path):
    bare = tmp_path / "r.git"
    repo.new_bare(bare)

    def breaks():
        yield "100644", "a", b"x"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        trees.fast_import(bare, "refs/trees/t", "t", breaks())
    assert repo.rev_parse(bare, "refs/trees/t") is None
    entries = iter([("100644", 'odd "name"\\x', b"1"), ("120000", "link", b"a"),
                    ("100755", "run", b"#!")])
    trees.fast_import(bare, "refs/trees/t", "t", entries)
    assert set(repo.paths(bare, "refs/trees/t")) == {'odd "name"\\x', "link", "run"}


def test_a_tree_that_cannot_be_fetched_says_what_to_do(tmp_path, monkeypatch):
    row = trees.Source("gone", "git", f"file://{tmp_path}/nothing", "v1", "")
    monkeypatch.setattr(trees, "TREES", (row,))
    with pytest.raises(InfrastructureError, match="cannot fetch") as error:
        trees.obtain("gone", tmp_path / "cache", quiet)
    assert "--tree PATH" in error.value.hint


@pytest.mark.parametrize(("text", "rev"), [
    ("{}", "HEAD"), ("{}@v1", "v1"), ("{}@@{{upstream}}", "@{upstream}"), ("{}@v1~2", "v1~2"),
    ("{}@", "HEAD"), ("{}@main@{{u}}", "main@{u}"),
])
def test_path_and_revision(tmp_path, text, rev):
    for name in ("linux", "a@b"):
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        assert trees._split(text.format(path)) == (str(path), rev)


def test_a_shallow_clone_says_nothing_about_what_it_lacks(tmp_path):
    """Fixes: of a commit that a clone of depth 2 does not have is no finding."""
    mine = tmp_path / "mine"
    subprocess.run(["git", "init", "-q", str(mine)], check=True)
    for n in range(4):
        subprocess.run(["git", "-C", str(mine), "-c", "user.name=u", "-c", "user.email=u@x",
                        "commit", "-q", "--allow-empty", "-m", f"more {n}"], check=True)
    whole = trees.obtain(str(mine), tmp_path / "cache", quiet)
    assert repo.has_history(whole.repo, whole.commit)
    for depth in ("1", "2"):
        clone = tmp_path / f"clone{depth}"
        subprocess.run(["git", "clone", "-q", "--depth", depth, f"file://{mine}", str(clone)],
                       check=True)
        tree = trees.obtain(str(clone), tmp_path / "cache", quiet)
        assert not repo.has_history(tree.repo, tree.commit)
        assert repo.title_of(tree.repo, tree.commit, "0123456789ab") is None
