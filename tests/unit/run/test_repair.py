# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged series mended against a tree, or refused."""

from dataclasses import replace

import pytest

from harness.errors import InputRefusedError
from harness.hunks import scan
from harness.intake import damage
from harness.model import Applied, Damage
from harness.run import repair
from tests.make import patch, series
from tests.unit.run.toys import counted

OLD = b"int a(void)\n{\n\treturn 1;\n}\n"
SOUND = (b"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,4 +1,4 @@\n int a(void)\n {\n"
         b"-\treturn 1;\n+\treturn 2;\n }\n")
BLANKS = SOUND.replace(b"\t", b" " * 8)
BARE = SOUND.replace(b"a/a.c", b"fs/a.c").replace(b"b/a.c", b"fs/a.c").replace(b"a/fs", b"fs")
STAT = " a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"


@pytest.fixture
def mend(git, monkeypatch):
    """``mend(diff, ...)``: a series of one patch mended against a tree with ``a.c``."""
    applied = counted(lambda mine, tree, base: Applied(
        tree, base, (git.commit({"a.c": OLD.replace(b"1", b"2")}),)))
    monkeypatch.setattr("harness.apply.commits.apply_series", applied)

    def go(*patches, files=None):
        return repair.mended(series(*patches, notices=("read",)),
                             git.tree(files or {"a.c": OLD, "fs/a.c": OLD}))
    return go


def damaged(diff, *kinds, **more):
    return patch(diff=diff, damage=tuple(Damage(k, k, fatal=k != "blanks") for k in kinds), **more)


def said(mended):
    return [d.message for p in mended.patches for d in p.damage if d.kind == "repair"]


def test_a_sound_series_is_left_alone_and_that_is_said(mend):
    sound = damaged(SOUND)
    whole = mend(sound)
    assert whole.patches == (sound,)
    assert whole.notices[0] == "read"
    assert "nothing" in whole.notices[1]


def test_tabs_that_became_blanks_come_from_the_tree(mend):
    whole = mend(damaged(BLANKS, "blanks"))
    assert b"-\treturn 1;\n+\treturn 2;\n" in whole.patches[0].diff
    assert said(whole)
    assert [n for n in whole.notices if n.startswith("repaired: patch 1/1: ")] == [
        f"repaired: patch 1/1: {text}" for text in said(whole)]
    assert not any("nothing" in n for n in whole.notices)


def test_a_header_that_miscounts_is_mended(mend):
    miscounted = damaged(SOUND.replace(b"-1,4 +1,4", b"-1,9 +1,9"), "hunk", notes=STAT)
    whole = mend(miscounted)
    assert b"@@ -1,4 +1,4 @@" in whole.patches[0].diff
    assert [f.path for f in whole.patches[0].files] == ["a.c"]
    assert not any(d.fatal for d in whole.patches[0].damage)
    with pytest.raises(InputRefusedError, match="diffstat"):
        mend(replace(miscounted, notes=""))


def test_paths_without_a_and_b_get_them(mend):
    assert damage.no_prefix(scan(BARE))
    whole = mend(damaged(BARE, "no-prefix"))
    assert b"--- a/fs/a.c\n+++ b/fs/a.c\n" in whole.patches[0].diff
    assert "a/" in said(whole)[0]


def test_a_diff_in_the_message_goes_back_there(mend):
    inside = b"diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-x\n+y\n\n"
    whole = mend(damaged(inside + b"Signed-off-by: A <a@x.org>\n---\n" + SOUND, "message-diff"))
    assert whole.patches[0].diff == SOUND
    assert "  +y\n" in whole.patches[0].message
    assert len(said(whole)) == 1


def test_each_patch_is_mended_against_what_the_one_before_left(mend):
    second = BLANKS.replace(b"return 2", b"return 3").replace(b"return 1", b"return 2")
    whole = mend(damaged(SOUND, number=1, total=2),
                 damaged(second, "blanks", number=2, total=2))
    assert b"-\treturn 2;\n+\treturn 3;\n" in whole.patches[1].diff
    assert all(n.startswith("repaired: patch 2/2: ") for n in whole.notices[1:])


def test_what_conflicts_with_the_tree_is_refused(mend):
    with pytest.raises(InputRefusedError, match=r"a\.patch") as caught:
        mend(damaged(SOUND.replace(b"-1,4 +1,4", b"-1,9 +1,9"), "hunk"),
             files={"a.c": b"another file\n"})
    assert "patch 1/1" in caught.value.message
    assert "resend" in caught.value.hint


def test_a_mended_patch_must_have_as_many_lines_as_the_mail_says(mend):
    for diff, kind in ((BLANKS, "blanks"), (BARE, "no-prefix")):
        good = damaged(diff, kind, notes=STAT)
        assert said(mend(good))
        for wrong in (STAT.replace("1 ins", "2 ins"), STAT.replace("1 del", "3 del")):
            with pytest.raises(InputRefusedError, match=r"diffstat .* \+1 -1"):
                mend(replace(good, notes=wrong))


def test_a_diffstat_of_an_undamaged_patch_is_not_what_is_repaired(mend):
    wrong = damaged(SOUND, notes=STAT.replace("1 insertion", "2 insertions"))
    assert mend(wrong).patches == (wrong,)


def test_damage_that_nothing_here_mends_is_refused(mend):
    with pytest.raises(InputRefusedError, match="disagreement"):
        mend(damaged(SOUND, "disagreement"))


def test_a_series_that_does_not_apply_in_the_end_is_refused(git, monkeypatch):
    def refuses(*_):
        raise InputRefusedError("a.c, hunk 1")

    monkeypatch.setattr("harness.apply.commits.apply_series", refuses)
    with pytest.raises(InputRefusedError, match="hunk 1"):
        repair.mended(series(damaged(SOUND)), git.tree({"a.c": OLD}))
