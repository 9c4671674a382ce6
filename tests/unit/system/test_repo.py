# SPDX-License-Identifier: GPL-2.0-or-later
"""What git is asked, and how its answers are read."""

import io
import tarfile
from pathlib import Path

import pytest

from harness.errors import CommandFailedError
from harness.system import repo

HERE = Path("/nowhere/trees.git")
OLD, NEW = "a" * 40, "b" * 40


def asked(commands, at=-1):
    """The last call, without the flags that all have."""
    argv = commands.calls[at]
    return argv[argv.index(f"--git-dir={HERE}") + 1:]


def test_nothing_that_a_tree_brings_along_is_run():
    argv = repo.argv(HERE, "log", "-1")
    assert argv[0] == "git"
    assert argv[-3:] == [f"--git-dir={HERE}", "log", "-1"]
    assert {"core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false",
            "protocol.ext.allow=never"} <= set(argv)
    assert not any(part.startswith("--git-dir") for part in repo.argv(None, "init"))


def test_the_users_configuration_has_no_part_in_it(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/mine")
    env = repo.env({"GIT_INDEX_FILE": "/index", "GIT_COMMITTER_NAME": "other"})
    assert "GIT_DIR" not in env
    assert (env["GIT_CONFIG_GLOBAL"], env["GIT_CONFIG_NOSYSTEM"]) == ("/dev/null", "1")
    assert (env["GIT_INDEX_FILE"], env["GIT_COMMITTER_NAME"]) == ("/index", "other")
    assert env["GIT_COMMITTER_DATE"] == "@0 +0000", "the same content has the same id"
    assert "PATH" in env


def test_what_is_handed_on_to_a_process(commands, tmp_path):
    got = []
    commands.say("log", does=lambda argv, kwargs: got.append(kwargs))
    repo.git(HERE, "log", stdin=b"x", extra={"A": "1"}, cwd=tmp_path, timeout=5, keep=7)
    assert got[0] == {"stdin": b"x", "env": repo.env({"A": "1"}), "cwd": tmp_path, "timeout": 5,
                      "keep": 7}
    commands.say("log", code=1)
    with pytest.raises(CommandFailedError):
        repo.git(HERE, "log")
    assert repo.git(HERE, "log", ok=(0, 1)).returncode == 1


def test_a_revision(commands):
    commands.say("rev-parse", out=f"{OLD}\n".encode())
    assert repo.rev_parse(HERE, "--help") == OLD
    assert asked(commands)[-2:] == ["--end-of-options", "--help^{commit}"]
    commands.say("rev-parse", code=1)
    assert repo.rev_parse(HERE, "v9") is None


def test_the_id_of_a_tree_is_asked_for_once(commands):
    commands.say("rev-parse", out=b"7ree\n")
    repo.tree_id.cache_clear()
    assert [repo.tree_id(HERE, OLD) for _ in range(3)] == ["7ree"] * 3
    assert [call[-1] for call in commands.calls] == [f"{OLD}^{{tree}}"]
    repo.tree_id.cache_clear()


def test_paths_may_be_odd(commands):
    commands.say("ls-tree", out=b"a b\nc.h\0\xff.c\0")
    assert repo.paths(HERE, OLD, "lib", "fs") == ("a b\nc.h", "\udcff.c")
    assert asked(commands)[-4:] == [OLD, "--", "lib", "fs"]


def test_changes_have_the_modes_of_both_sides(commands):
    commands.say("diff-tree", out=(
        f":100644 100755 {OLD} {NEW} M\0run\0:000000 120000 {OLD} {NEW} A\0a b\0").encode())
    assert repo.changes(HERE, OLD, NEW) == {
        "run": ("100644", "100755"), "a b": ("000000", "120000")}
    assert repo.changed(HERE, OLD, NEW) == ("run", "a b")
    assert asked(commands)[-2:] == [OLD, NEW]
    assert "--no-renames" in asked(commands)


def test_changed_lines(commands):
    commands.say("diff", out=b"--- a/x\n+++ b/x\n@@ -3,2 +3 @@ f\n-a\n-@@ -90 +90 @@\n+c\n"
                 b"@@ -9,0 +9,3 @@\n+d\n+e\n+f\n@@ -20 +22,0 @@\n-g\n")
    assert repo.changed_lines(HERE, OLD, NEW, "x") == ((3, 4, 20), (3, 9, 10, 11))
    assert asked(commands)[-4:] == [OLD, NEW, "--", "x"]
    assert "-U0" in asked(commands)


def test_a_diff_is_as_nobody_has_configured_it(commands):
    commands.say("diff", out=b"--- a/\xff\n")
    assert repo.diff(HERE, OLD, NEW) == b"--- a/\xff\n"
    assert {"--no-ext-diff", "--no-textconv", "--no-color"} <= set(asked(commands))
    assert asked(commands)[-2:] == [OLD, NEW]


def test_a_file_of_a_commit(commands):
    commands.say("cat-file", out=b"\xff\n")
    assert repo.show(HERE, OLD, "a b") == b"\xff\n"
    assert asked(commands)[-1] == f"{OLD}:a b"
    commands.say("cat-file", code=128)
    assert repo.show(HERE, OLD, "gone") is None


@pytest.mark.parametrize("code", [0, 1])
def test_files_that_match(commands, code):
    out = f"{OLD}:a:b.c\0{OLD}:c.c\0".encode() if code == 0 else b""
    commands.say("grep", "-E", out=out, code=code)
    assert repo.grep(HERE, OLD, "-x|y", ["*.c", "*.h"]) == (("a:b.c", "c.c") if out else ())
    assert asked(commands)[-6:] == ["-e", "-x|y", OLD, "--", "*.c", "*.h"]


def test_users_of_words(commands):
    commands.say("grep", "-w", code=0, out=(
        f"{OLD}:b.c\0two\n{OLD}:a.c\0two\n{OLD}:b.c\0two\n{OLD}:a.c\0one\n"
        "Binary file x matches\n").encode())
    assert repo.users(HERE, OLD, {"two", "one", "none"}, ["*.c"]) == {
        "none": (), "one": ("a.c",), "two": ("b.c", "a.c")}
    assert asked(commands)[-6:] == ["-enone", "-eone", "-etwo", OLD, "--", "*.c"]
    commands.say("grep", "-w", code=1)
    assert repo.users(HERE, OLD, ["one"], ["*.c"]) == {"one": ()}


@pytest.mark.parametrize(("count", "history"), [("2", True), ("1", False)])
def test_one_commit_is_no_history(commands, tmp_path, count, history):
    commands.say("rev-list", out=f"{count}\n".encode())
    assert repo.has_history(tmp_path, OLD) is history
    assert commands.calls[0][-1] == OLD


@pytest.mark.parametrize("where", ["own", "borrowed"])
def test_of_a_shallow_clone_nothing_is_known(commands, tmp_path, where):
    commands.say("rev-list", out=b"2\n")
    bare, theirs = tmp_path / "bare", tmp_path / "theirs"
    (bare / "objects" / "info").mkdir(parents=True)
    theirs.mkdir()
    (bare / "objects" / "info" / "alternates").write_text(f"/gone/objects\n{theirs}/objects\n")
    assert repo.has_history(bare, OLD)
    ((bare if where == "own" else theirs) / "shallow").touch()
    assert not repo.has_history(bare, OLD)
    assert repo.title_of(bare, OLD, "abc") is None


@pytest.mark.parametrize(("found", "title"), [(NEW, "toy: Do it"), ("", "")])
def test_the_title_of_a_commit(commands, found, title):
    commands.say("rev-list", out=b"2\n")
    commands.say("rev-parse", out=found.encode())
    commands.say("log", out=b"toy: Do it\n")
    assert repo.title_of(HERE, OLD, "bbbb") == title
    assert not found or asked(commands)[-1] == NEW


def archive(argv, kwargs):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, kind in (("lib", tarfile.DIRTYPE), ("lib/a.h", tarfile.REGTYPE),
                           ("lib/link", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, 2 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"a\n"))
    assert kwargs["keep"] >= 64 << 20
    assert kwargs["env"] == repo.env()
    return whole.getvalue()


def test_all_files_below_paths_that_exist(commands):
    commands.say("cat-file", code=128)
    commands.say("cat-file", f"{OLD}:lib")
    commands.say("archive", does=archive)
    assert repo.read_files(HERE, OLD, ["gone", "lib"]) == {"lib/a.h": b"a\n"}
    assert asked(commands)[-3:] == [OLD, "--", "lib"]
    assert repo.read_files(HERE, OLD, ["gone"]) == {}
    assert sum("archive" in call for call in commands.calls) == 1


def test_a_commit_is_written_out_by_an_index_of_its_own(commands, tmp_path):
    got = []
    commands.say("read-tree", does=lambda argv, kwargs: got.append(kwargs["env"]))
    commands.say("checkout-index", does=lambda argv, kwargs: got.append(kwargs))
    repo.export(HERE, OLD, tmp_path, tmp_path / "index")
    assert asked(commands, 0) == ["read-tree", OLD]
    assert got[0]["GIT_INDEX_FILE"] == got[1]["env"]["GIT_INDEX_FILE"] == f"{tmp_path}/index"
    assert got[1]["cwd"] == tmp_path
    assert f"--work-tree={tmp_path}" in asked(commands)
    assert "core.symlinks=true" in asked(commands)
    assert "--all" in asked(commands)


def test_a_repository_is_made_once(commands, tmp_path):
    bare = tmp_path / "deep" / "r.git"
    commands.say("init", does=lambda argv, kwargs: (bare / "HEAD").touch())
    for _ in range(2):
        repo.new_bare(bare)
    assert [call[-2:] for call in commands.calls] == [["--bare", str(bare)]]
