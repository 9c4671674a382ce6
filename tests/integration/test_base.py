# SPDX-License-Identifier: GPL-2.0-or-later
"""Which base, and how that is known; and what is said when a patch does not go there."""

import re
import subprocess

import pytest

from harness import trees
from harness.apply import apply_series, base
from harness.cli import main
from harness.errors import InputRefusedError
from harness.intake import read_series
from harness.model import Tree
from harness.system import repo
from tests.integration.test_inputs import git, tree  # noqa: F401  (a fixture)
from tests.integration.test_mails import MAILS


def say(_):
    pass


@pytest.fixture
def patch(tree, tmp_path):  # noqa: F811
    """A patch against v1, whose file has been changed twice since; and the tree as it is now."""
    path = tree / "kernel" / "toy.c"
    git(tree, "checkout", "-qb", "mine", "v1")
    path.write_text(path.read_text().replace("return -34;", "return -75;"))
    git(tree, "commit", "-qam", "toy: Another errno\n\nSigned-off-by: T <t@example.org>")
    text = git(tree, "format-patch", "--stdout", "-1")
    git(tree, "checkout", "-q", "main")
    for old, new in (("return -34;", "return -33;"), ("TOY_SPEED\t\t3", "TOY_SPEED\t\t4")):
        path.write_text(path.read_text().replace(old, new))
        git(tree, "commit", "-qam", f"toy: Say {new.split()[-1]}")
    (tmp_path / "mail.patch").write_text(text + "\n")
    return tmp_path / "mail.patch"


def obtain(tree, tmp_path, rev=""):  # noqa: F811
    return trees.obtain(f"{tree}{rev}", tmp_path / "cache", say)


def test_blob_ids_find_an_older_commit(patch, tree, tmp_path):  # noqa: F811
    series = read_series(patch)
    picked = base.choose(series, obtain(tree, tmp_path), (), said=str(tree))
    assert "blob ids of the index lines: all 1 are those of" in picked.why
    commit = picked.tree.commit
    assert repo.git(picked.tree.repo, "diff", "--quiet", git(tree, "rev-parse", "v1"), commit,
                    "--", "kernel", ok=None).returncode == 0
    assert apply_series(series, picked.tree, commit).commits


def test_what_the_user_says_with_a_revision_wins(patch, tree, tmp_path):  # noqa: F811
    head = obtain(tree, tmp_path, "@main")
    picked = base.choose(read_series(patch), head, (), said=f"{tree}@main")
    assert picked.tree == head
    assert "0 of 1 blob ids agree" in picked.why


def test_base_commit_of_the_mails(patch, tree, tmp_path):  # noqa: F811
    v1 = git(tree, "rev-parse", "v1")
    patch.write_text(patch.read_text() + f"\nbase-commit: {v1}\n")
    picked = base.choose(read_series(patch), obtain(tree, tmp_path), (), said="")
    assert (picked.tree.commit, picked.why) == (v1, "base-commit of the mails")
    patch.write_text(patch.read_text().replace(v1, "1" * 40))
    picked = base.choose(read_series(patch), obtain(tree, tmp_path), (), said="")
    assert "base-commit 111111111111 is not in tree" in picked.why


def test_another_known_tree_by_its_blobs(patch, tree, tmp_path):  # noqa: F811
    series = read_series(patch)
    old = obtain(tree, tmp_path, "@v1")
    bare = tmp_path / "other.git"
    repo.new_bare(bare)
    (bare / "objects" / "info" / "alternates").write_text(f"{tree}/.git/objects\n")
    other = Tree("other", bare, old.commit, "other")
    tip = obtain(tree, tmp_path, "@main")
    assert base.choose(series, tip, (other,), said="").tree == other
    assert base.choose(series, tip, (other,), said=str(tree)).tree.name == "tree"


def test_a_series_is_judged_by_its_first_touch(tmp_path):
    series = read_series(MAILS / "series.mbox")
    assert set(base.blobs(series)) == {"kernel/toy.c", "include/uapi/linux/toy.h"}


def test_a_conflict_names_who_changed_the_line(patch, tree, tmp_path):  # noqa: F811
    head = obtain(tree, tmp_path, "@main")
    with pytest.raises(InputRefusedError) as error:
        apply_series(read_series(patch), head, head.commit)
    said = error.value.message
    assert "kernel/toy.c, hunk 1 at line 19 conflicts" in said
    assert "looked for 'return -34;', line 22 has 'return -33;'" in said
    assert re.search(r'last changed by [0-9a-f]{7,} \("toy: Say -33;"\)', said)


def test_already_applied_says_since_when(patch, tree, tmp_path):  # noqa: F811
    git(tree, "checkout", "-q", "mine")
    head = obtain(tree, tmp_path, "@mine")
    with pytest.raises(InputRefusedError, match=r'already applied.*"toy: Another errno"'):
        apply_series(read_series(patch), head, head.commit)


def test_a_later_patch_is_hurt_by_what_an_archive_stripped(tmp_path, capsys, monkeypatch, tree):  # noqa: F811
    """Patch 1 adds a line that ends in blanks; the archive strips them; patch 2 expects them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    git(tree, "checkout", "-qb", "blanks", "v1")
    path = tree / "Documentation" / "virt" / "toy.rst"
    path.write_text(path.read_text() + "\nA toy has wheels.  \n")
    git(tree, "commit", "-qam", "toy: Wheels\n\nYes.\n\nSigned-off-by: T <t@example.org>")
    path.write_text(path.read_text() + "\nAnd a key.\n")
    git(tree, "commit", "-qam", "toy: Key\n\nYes.\n\nSigned-off-by: T <t@example.org>")
    mails = git(tree, "format-patch", "--stdout", "-2")
    hurt = "\n".join(t if t.startswith(("-- ", "From ")) else t.rstrip()
                     for t in mails.splitlines()) + "\n"
    # Stripped everywhere: patch 1 adds the line without its blanks, so patch 2 fits after all.
    (tmp_path / "hurt.mbox").write_text(hurt)
    code = main.run(["intake", str(tmp_path / "hurt.mbox"), "--tree", f"{tree}@v1"])
    assert code == 0
    capsys.readouterr()
    # Stripped only where lines are added, as one archive does: patch 2 no longer applies.
    some = re.sub(r"(?m)^(\+A toy has wheels\.) +$", r"\1", mails)
    (tmp_path / "some.mbox").write_text(some + "\n")
    code = main.run(["intake", str(tmp_path / "some.mbox"), "--tree", f"{tree}@v1"])
    assert code == 3
    said = capsys.readouterr().err
    assert "patch 2/2" in said
    assert "trailing blanks were stripped" in said
    code = main.run(["intake", str(tmp_path / "some.mbox"), "--tree", f"{tree}@v1", "--repair"])
    assert code == 0
    said = capsys.readouterr().out
    assert "patch 2/2: Documentation/virt/toy.rst, hunk 1: 1 lines of context taken" in said


def test_check_says_how_the_base_was_chosen(patch, tree, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = main.run(["uapi", str(patch), "--tree", str(tree)])
    said = capsys.readouterr()
    assert "note: base: tree " in said.out.replace("\n", " ") or "base: tree" in said.out, said
    assert code in {0, 3, 4}


def test_each_patch_is_a_commit_and_names_can_be_odd(tmp_path):
    cache = tmp_path / "cache"
    folder = tmp_path / "t"
    subprocess.run(["cp", "-r", str(MAILS / "tree"), str(folder)], check=True)
    kernel = trees.obtain(str(folder), cache, say)
    applied = apply_series(read_series(MAILS / "series.mbox"), kernel, kernel.commit)
    rows = repo.git(kernel.repo, "log", "--reverse", "--format=%an|%ae|%s",
                    f"{applied.base}..{applied.head}").text.splitlines()
    assert rows == ["A Developer|dev@example.org|toy: Count the stops",
                    "A Developer|dev@example.org|toy: Count the starts"]
