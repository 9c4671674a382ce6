# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in for git and for processes says what they would say."""

import pytest

from harness.errors import CommandFailedError, ToolMissingError
from harness.system import proc, repo

OLD = {"a.c": "one\ntwo\nthree\n", "lib/b.h": "struct b;\n"}
NEW = {"a.c": "one\n2\nthree\nfour\n", "lib/c.h": "struct c;\n"}


def test_commits(git):
    old, new = git.commit(OLD, "the first"), git.commit(NEW, "the second", ref="HEAD")
    where = git.tree(OLD).repo
    assert repo.rev_parse(where, "HEAD") == new == repo.rev_parse(where, new[:12])
    assert repo.rev_parse(where, "nobody") is None
    assert repo.changes(where, old, new) == {
        "a.c": ("100644", "100644"), "lib/b.h": ("100644", "000000"),
        "lib/c.h": ("000000", "100644")}
    assert repo.changed_lines(where, old, new, "a.c") == ((2,), (2, 4))
    assert repo.show(where, old, "lib/b.h") == b"struct b;\n"
    assert repo.show(where, new, "lib/b.h") is None
    assert repo.paths(where, old, "lib") == ("lib/b.h",)
    assert repo.grep(where, old, r"^struct", ["*.h"]) == ("lib/b.h",)
    assert repo.users(where, old, {"two", "struct"}, ["*.c"]) == {"struct": (), "two": ("a.c",)}
    assert repo.title_of(where, new, old[:12]) == "the first"


def test_answers(commands, tmp_path):
    commands.say("make", out=b"fine\n")
    commands.say("make", "bad", err=b"no\n", code=2)
    commands.miss("sparse")
    lines = []
    assert proc.run(["make", "all"], on_line=lines.append, log=tmp_path / "log").text == "fine\n"
    assert (lines, (tmp_path / "log").read_bytes()) == (["fine"], b"fine\n")
    with pytest.raises(CommandFailedError):
        proc.run(["make", "bad"])
    assert proc.run(["make", "bad"], ok=None).returncode == 2
    with pytest.raises(ToolMissingError):
        proc.run(["sparse"])
    assert commands.calls[0] == ["make", "all"]
