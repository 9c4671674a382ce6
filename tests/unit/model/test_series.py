# SPDX-License-Identifier: GPL-2.0-or-later
import email
from pathlib import Path

from harness.model import Applied, PatchFile, Tree
from tests import make


def touches(number, *paths):
    return make.patch(number=number, files=tuple(PatchFile(p, p, 1, 1) for p in paths))


def test_a_series_names_each_path_once_in_order():
    assert make.series(touches(1, "b.c", "a.c"), touches(2, "a.c")).paths == ("a.c", "b.c")


def test_a_finding_belongs_to_the_last_patch_that_touches_its_file():
    series = make.series(touches(1, "a.c", "b.c"), touches(2, "a.c"), touches(3, "c.c"))
    assert [series.last_to_touch(p) for p in ("a.c", "b.c", "c.c", "d.c")] == [2, 1, 3, 0]


def test_lines_are_those_of_the_tree_where_git_moved_the_diff():
    assert make.patch().shown == make.DIFF
    assert make.patch(placed=b"moved").shown == b"moved"


def test_a_patch_is_written_as_a_mail_that_git_am_takes():
    raw = make.patch(number=2, total=3, message="Because \xfc.\n\n\n", diff=make.DIFF + b"\n\n"
                     ).as_mail()
    mail = email.message_from_bytes(raw)
    assert mail["From"] == "A Developer <a@example.org>"
    assert mail["Subject"] == "[PATCH 2/3] toy: Do it"
    assert mail["Date"] == "Thu, 1 Jan 2026 00:00:00 +0000"
    assert mail.get_content_charset() == "utf-8"
    assert mail.get_payload(decode=True) == "Because \xfc.\n---\n\n".encode() + make.DIFF


def test_bytes_of_a_message_that_are_not_utf8_survive_and_an_author_always_has_a_name():
    raw = make.patch(author="", message="caf\udce9\n").as_mail()
    assert raw.startswith(b"From: unknown <a@example.org>\n")
    assert b"\n\ncaf\xe9\n---\n" in raw


def test_the_head_is_the_last_commit_or_the_base():
    tree = Tree("toy", Path("/repo"), "c" * 40, "here")
    assert Applied(tree, "base", ("one", "two")).head == "two"
    assert Applied(tree, "base", ()).head == "base"
