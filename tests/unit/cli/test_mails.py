# SPDX-License-Identifier: GPL-2.0-or-later
"""``intake`` and ``review`` without a tree."""

import json

import pytest

REPLY = """From: R Viewer <r@example.org>
Subject: Re: [PATCH] toy: Do it
Date: Fri, 2 Jan 2026 00:00:00 +0000
Message-ID: <r@example.org>
In-Reply-To: <a.patch@example.org>

On Thu, A Developer wrote:
> diff --git a/a.c b/a.c
> --- a/a.c
> +++ b/a.c
> @@ -1,3 +1,3 @@
>  one
> -two
> +2

Why not 3?

>  three
"""


def test_a_mail_is_understood(cli, mail):
    said = cli("intake", mail())
    assert said.code == 0
    assert "toy: Do it  (v1, 1 of 1 patches)" in said.out
    assert "a.c  +1 -1" in said.out
    assert "--tree" in said.out, "it was not applied, and how to"


def test_the_same_for_a_program(cli, mail):
    data = json.loads(cli("intake", mail(tag=" v3"), "--json").out)
    assert (data["document"], data["version"], data["kind"]) == ("intake", 3, "file")
    assert data["applied"] is None
    assert [f["path"] for f in data["patches"][0]["files"]] == ["a.c"]


def test_the_patches_are_written_as_they_were_understood(cli, mail, tmp_path):
    said = cli("intake", mail(), "--out", tmp_path / "out")
    written = tmp_path / "out" / "0001.patch"
    assert f"written: {written}" in said.out
    assert b"+2\n" in written.read_bytes()


def test_a_diffstat_that_disagrees_is_exit_code_1(cli, mail):
    path = mail()
    path.write_text(path.read_text().replace("2 +-", "9 +++++++--").replace(
        "1 insertion(+), 1 deletion(-)", "7 insertions(+), 2 deletions(-)"))
    said = cli("intake", path)
    assert said.code == 1
    assert "damage: " in said.out


@pytest.mark.parametrize(("text", "code"), [("", 3), ("hello\n", 3), (None, 2)])
def test_what_is_no_mail_is_refused_in_one_line(cli, tmp_path, text, code):
    path = tmp_path / "x"
    if text is not None:
        path.write_text(text)
    said = cli("intake", path)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("harness: ")


def test_a_comment_stands_under_its_line(cli, tmp_path):
    path = tmp_path / "reply.eml"
    path.write_text(REPLY)
    said = cli("review", path)
    assert said.code == 0
    assert "1. a.c:2" in said.out
    assert "   > +2\n   Why not 3?" in said.out
    data = json.loads(cli("review", path, "--json").out)
    assert data["comments"][0]["text"] == "Why not 3?"


@pytest.mark.parametrize(("new", "code", "state"), [("2", 1, "STILL OPEN"), ("3", 0, "changed")])
def test_a_comment_and_the_next_version(cli, tmp_path, mail, new, code, state):  # noqa: PLR0917
    path = tmp_path / "reply.eml"
    path.write_text(REPLY)
    said = cli("review", path, "--against", mail("v2.patch", tag=" v2", new=new))
    assert said.code == code
    assert state in said.out


def test_a_mail_that_quotes_nothing_is_refused(cli, mail, tmp_path):
    path = tmp_path / "reply.eml"
    path.write_text(REPLY.split("> diff", maxsplit=1)[0] + "Looks good.\n")
    assert cli("review", path).code == 3
    assert cli("review", mail()).code == 3


def test_a_refusal_is_a_document_too(cli, tmp_path):
    path = tmp_path / "x"
    path.write_text("hello\n")
    said = cli("intake", path, "--json")
    data = json.loads(said.out)
    assert (said.code, data["document"], data["patches"]) == (3, "intake", [])
    assert "no patch found" in data["refused"]["why"]
    assert data["refused"]["next"]


def test_renames_and_modes_are_shown(cli, mail):
    path = mail()
    text = path.read_text()
    at = text.index("diff --git")
    path.write_text(text[:at].partition("---\n")[0] + "---\n" + (
        "diff --git a/x.sh b/y.sh\nold mode 100644\nnew mode 100755\nsimilarity index 100%\n"
        "rename from x.sh\nrename to y.sh\n"))
    assert "y.sh  +0 -0 from x.sh mode 100644 -> 100755" in cli("intake", path).out
    (file,) = json.loads(cli("intake", path, "--json").out)["patches"][0]["files"]
    assert (file["old_path"], file["mode"]) == ("x.sh", "100644 -> 100755")
