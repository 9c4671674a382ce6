# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import InputRefusedError, UsageError
from harness.intake import ReadOptions, inputs, read_parts, read_series, read_thread, series
from harness.model import Damage
from tests import make


def mail(number="", total="", name="a", body="Because.\n", *, diff=True, version="", up=""):
    """A mail of a series; ``number`` and ``total`` stand in its subject."""
    tag = f" {number}/{total}" if total else ""
    text = make.DIFF.decode().replace("a.c", f"{name}.c") if diff is True else diff or ""
    return (f"From: A Dev <a@x.org>\nSubject: [PATCH{version}{tag}] toy: Do {name}\n"
            f"Date: Tue, 6 Jan 2026 10:00:00 +0000\nMessage-ID: <{name}{version}@x.org>\n"
            + (f"In-Reply-To: <{up}@x.org>\n" if up else "")
            + f"\n{body}\nSigned-off-by: A Dev <a@x.org>\n---\n\n{text}")


@pytest.fixture
def read(tools, tmp_path):
    """Read mails that lie in a folder in their order."""
    folder = tmp_path / "in"
    folder.mkdir()

    def call(*mails, **options):
        for n, text in enumerate(mails):
            (folder / f"{n}.eml").write_text(text)
        return read_thread(str(folder), tmp_path, ReadOptions(**options))
    return call


def subjects(thread):
    return [p.subject for p in thread.series.patches]


def test_a_series_in_the_order_of_its_numbers(read):
    got = read(mail(2, 2, "b"), mail(0, 2, "all", "What it is.\n", diff=False), mail(1, 2))
    assert subjects(got) == ["toy: Do a", "toy: Do b"]
    assert (got.series.title, got.series.version) == ("toy: Do all", 1)
    assert got.series.cover.startswith("What it is.")
    assert got.kind == "directory"
    assert got.origin == got.series.source
    assert got.origin.endswith("/in")
    (only,) = got.versions
    assert (only.version, only.total, only.title, only.parts) == (1, 2, "toy: Do all", (0, 1, 2))


def test_patches_for_another_project_are_refused_in_one_line(read):
    with pytest.raises(InputRefusedError, match="the patches are for QEMU, not for the kernel"):
        read(mail(1, 2).replace("[PATCH", "[PATCH QEMU"), mail(2, 2, "b"))


def test_a_series_says_whether_it_answers_what_is_not_here(read):
    assert read(mail(1, 2, up="cover"), mail(2, 2, "b", up="a")).series.answers
    assert not read(mail(1, 2), mail(2, 2, "b", up="a")).series.answers


def test_without_a_cover_there_is_no_text_of_one(read):
    got = read(mail())
    assert (got.series.cover, got.series.title, got.series.notices) == ("", "toy: Do a", ())


def test_patches_without_numbers_get_those_of_their_order(read):
    got = read(mail(), mail(name="b", up="a"), mail(name="c", up="b"))
    assert [(p.number, p.total) for p in got.series.patches] == [(1, 3), (2, 3), (3, 3)]
    assert [p.subject[-1] for p in got.series.patches] == ["a", "b", "c"]


def test_one_patch_of_many_keeps_its_number(read):
    got = read(mail(2, 3))
    assert [(p.number, p.total) for p in got.series.patches] == [(2, 3)]
    assert any("alone" in n for n in got.series.notices)


def test_the_newest_version_is_taken_or_the_one_that_was_wanted(read):
    both = mail(), mail(version=" v2", up="a")
    got = read(*both)
    assert (got.series.version, [v.version for v in got.versions]) == (2, [1, 2])
    assert read(*both, version=1).series.version == 1


BASE = "0123456789abcdef0123456789abcdef01234567"


def test_the_base_and_what_must_be_there_are_taken_from_any_mail(read):
    body = (f"base-commit: {BASE}\nprerequisite-patch-id: 1234567890\n"
            "prerequisite-change-id: 20260101-x\n")
    again = f"base-commit: {'f' * 40}\nprerequisite-patch-id: 1234567890\n"
    got = read(mail(0, 2, "all", diff=False), mail(1, 2, body=body), mail(2, 2, "b", again))
    assert got.series.base_commit == BASE
    assert got.series.prerequisites == ("1234567890", "20260101-x")


def test_a_base_that_is_not_said_is_that_of_a_range(tools):
    delivery = inputs.Delivery("git-range", "t@a..b", (series_mail(mail()),), "t@c", "c" * 40,
                               ("3 merges",))
    got = series.read_delivery(delivery, ReadOptions())
    assert (got.series.base_commit, got.tree, got.kind) == ("c" * 40, "t@c", "git-range")
    assert got.series.notices == ("3 merges",)


def series_mail(text):
    return inputs.Raw("x", text.encode())


BINARY = ("diff --git a/b.bin b/b.bin\nnew file mode 100644\nindex 0000000..1234567\n"
          "Binary files /dev/null and b/b.bin differ\n")


def test_what_a_reader_should_know_is_told_with_the_patch(read):
    blanks = make.DIFF.decode().replace("-old", "-" + " " * 8 + "old").replace(
        "+new", "+" + " " * 8 + "new")
    odd = mail(0, 2, "all", diff=False).replace("\n\n", "\nContent-Type: text/plain; "
                                                "charset=klingon\n\n", 1)
    got = read(odd, mail(1, 2, diff=BINARY), mail(2, 2, "b", diff=blanks))
    cover, binary = got.series.notices
    assert cover.startswith("cover letter: ")
    assert "klingon" in cover
    assert binary.startswith("patch 1/2: b.bin")
    assert [d.kind for d in got.series.patches[1].damage] == ["blanks"], "that is for the rules"


def test_a_diffstat_that_is_wrong_is_for_the_rules_and_not_told_here(read):
    stat = " a.c | 9 +\n 1 file changed, 9 insertions(+)\n\n"
    got = read(mail(diff=stat + make.DIFF.decode()))
    assert [d.kind for d in got.series.patches[0].damage] == ["diffstat"]
    assert got.series.notices == ()


BROKEN = make.DIFF.decode().replace("@@ -1 +1 @@", "@@ -1,9 +1 @@")


def test_a_damaged_patch_is_refused_unless_it_is_to_be_repaired(read):
    with pytest.raises(InputRefusedError, match=r"0\.eml.*malformed") as error:
        read(mail(diff=BROKEN))
    assert "--repair" in error.value.hint
    assert read(mail(diff=BROKEN), damaged=True).series.patches[0].diff == BROKEN.encode()


def quoting():
    quoted = "".join(f"> {t}\n" for t in make.DIFF.decode().splitlines())
    return mail(diff="> ---\n" + quoted + "\nWhy?\n").replace("[PATCH", "Re: [PATCH")


def test_a_quoted_patch_is_taken_only_when_asked_for(read):
    with pytest.raises(InputRefusedError, match="no submission"):
        read(quoting())
    got = read(quoting(), unquote=True)
    assert got.series.patches[0].diff == make.DIFF
    assert any("--unquote" in n for n in got.series.notices)


def test_beside_a_submission_a_quoted_patch_is_a_reply_even_when_asked_for(read):
    got = read(mail(name="b"), quoting(), unquote=True)
    assert subjects(got) == ["toy: Do b"]
    assert [r.kind for r in got.replies] == ["reply"]


def below_scissors(name):
    return mail(name=name, body="How about this?\n\n-- >8 --\nBecause.\n").replace(
        "[PATCH", "Re: [PATCH")


def test_a_patch_below_scissors_in_a_reply_is_taken_when_nothing_else_is_there(read):
    assert subjects(read(below_scissors("b"))) == ["toy: Do b"]
    assert subjects(read(below_scissors("b"), mail())) == ["toy: Do a"]


def test_a_series_that_writes_below_its_own_link_is_refused(read):
    link = ("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n"
            "+dir\n")
    inside = make.DIFF.decode().replace("a.c", "l/a.c")
    with pytest.raises(InputRefusedError, match="symlink"):
        read(mail(1, 2, diff=link), mail(2, 2, "b", diff=inside))


def test_too_many_patches_are_refused(read, monkeypatch):
    monkeypatch.setattr(series, "MAX_PATCHES", 2)
    three = [mail(n, 3, f"p{n}") for n in (1, 2, 3)]
    with pytest.raises(InputRefusedError, match="3 patches"):
        read(*three)
    monkeypatch.setattr(series, "MAX_PATCHES", 3)
    assert len(read(*three).series.patches) == 3


def test_nothing_there_is_wrong_use(tmp_path):
    with pytest.raises(UsageError):
        read_series(tmp_path / "nothing")


def fatal(*kinds):
    return [Damage(k, f"{k}-says", fatal=True) for k in kinds]


@pytest.mark.parametrize(("damage", "says", "never"), [
    (fatal("hunk"), ["x.patch", "hunk-says"], ["more", "wrapped", "flowed"]),
    (fatal("hunk", "hunk", "hunk"), ["and 2 more"], ["wrapped"]),
    (fatal("hunk", "wrapped"), ["hunk-says", "and 1 more", "wrapped"], []),
    ([Damage("flowed", "undone"), *fatal("hunk")], ["flowed", "hunk-says"], ["more", "undone"]),
])
def test_a_refusal_has_the_first_damage_and_counts_the_others(damage, says, never):
    with pytest.raises(InputRefusedError) as error:
        series.refuse_damage(make.patch(source="x.patch", damage=tuple(damage)))
    assert all(word in error.value.message for word in says), error.value.message
    assert not any(word in error.value.message for word in never), error.value.message


def test_the_word_wrapped_is_not_said_twice():
    with pytest.raises(InputRefusedError) as error:
        series.refuse_damage(make.patch(damage=tuple(fatal("wrapped"))))
    assert error.value.message.count("wrapped") == 1


def test_damage_that_can_be_lived_with_refuses_nothing():
    series.refuse_damage(make.patch(damage=(Damage("blanks", "eight blanks"),)))


def test_files_given_one_by_one_are_numbered_in_that_order(tools, tmp_path):
    paths = [tmp_path / n for n in ("0000-cover-letter.patch", "z.patch", "y.patch")]
    texts = (mail(0, 2, "all", "What it is.\n", diff=False), mail(7, 9, "z"), mail(1, 9, "y"))
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    got = read_parts(paths)
    assert [(p.number, p.total, p.subject) for p in got.patches] == [
        (1, 2, "toy: Do z"), (2, 2, "toy: Do y")]
    assert got.cover.startswith("What it is.")
    assert (got.title, got.notices) == ("toy: Do z", ())
    assert read_parts(paths[1:2]).patches[0].number == 7, "one alone is what it says"
