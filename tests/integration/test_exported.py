# SPDX-License-Identifier: GPL-2.0-or-later
"""What Mercurial and StGit write, held against git am's reading of it."""

import subprocess

import pytest

from tests.unit.intake.test_exported import HG, STGIT, ours


@pytest.mark.parametrize("text", [
    *(HG.format(date=d) for d in ("1700000000 0", "1700000000 -19800", "1700000000 28800",
                                  "1700000000 12600")),
    STGIT.format(who="From: Jane Roe <jane@roe.example>\nDate: Tue, 14 Nov 2023 22:13:20 +0000"),
    STGIT.format(who="Author: Jane Roe <jane@roe.example>"),
])
def test_author_title_and_time_are_those_of_git_am(tmp_path, text):
    def git(*args, **more):
        return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *args],
                              cwd=tmp_path, check=True, capture_output=True, text=True, **more)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "x")
    (tmp_path / "p.patch").write_text(text)
    git("am", "-q", "p.patch")
    said = git("log", "-1", "--format=%s%n%an <%ae>%n%at%n%ad").stdout
    title, who, when, zone = said.splitlines()
    mail = ours(text)
    assert (mail.tag.title, mail.sender, mail.kind) == (title, who, "patch")
    if "Date" in text:
        assert int(mail.when) == int(when)
        assert mail.date.split()[-1] == zone.split()[-1]
