# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.errors import InputRefusedError
from harness.intake import thread
from harness.intake.mail import parse_mail
from tests import make

DIFF = make.DIFF.decode()


def mail(name, subject, body=DIFF, up="", *, sender="A <a@x.org>", day=1):
    """A mail whose id is its name; ``up`` has the names it answers, nearest first."""
    ids = [f"<{u}@x.org>" for u in up.split()]
    above = f"In-Reply-To: {ids[0]}\nReferences: {' '.join(reversed(ids))}\n" if ids else ""
    own = f"Message-ID: <{name}@x.org>\n" if name else ""
    date = f"Date: Thu, {day} Jan 2026 00:00:00 +0000\n" if day else ""
    raw = f"From: {sender}\nSubject: {subject}\n{date}{own}{above}\n{body}"
    return parse_mail(raw.encode(), f"{name}.eml")[0]


def chosen(*mails, wanted=None, series=None):
    return thread.choose(mails, "t.mbox", wanted, series)


def refused(*mails, wanted=None, series=None):
    with pytest.raises(InputRefusedError) as error:
        chosen(*mails, wanted=wanted, series=series)
    return error.value


def names(got):
    return [m.message_id.partition("@")[0] for m in got.version.patches]


def whole(version=1, up="", day=1, title="toy: All", **more):
    """A cover and two patches in one thread."""
    v = f" v{version}" if version > 1 else ""
    top = f"c{version}"
    return [mail(top, f"[PATCH{v} 0/2] {title}", "What.\n", up, day=day, **more),
            mail(f"a{version}", f"[PATCH{v} 1/2] toy: One", up=top, day=day, **more),
            mail(f"b{version}", f"[PATCH{v} 2/2] toy: Two", up=top, day=day, **more)]


def test_a_series_is_its_cover_and_its_patches_in_order():
    cover, one, two = whole()
    got = chosen(two, cover, one)
    assert (got.version.cover, names(got)) == (cover, ["a1", "b1"])
    assert (got.version.number, got.version.total, got.version.title) == (1, 2, "toy: All")
    assert (got.version.missing, got.version.numbered, got.notices) == ((), True, ())


def test_without_a_cover_the_first_patch_gives_the_title():
    _, one, two = whole()
    got = chosen(two, one)
    assert (got.version.cover, got.version.title) == (None, "toy: One")


def test_the_last_part_says_when_a_version_was_sent():
    one, two = mail("a", "[PATCH 1/2] x: A", day=3), mail("b", "[PATCH 2/2] x: B", up="a", day=5)
    assert chosen(one, two).version.when == two.when


def test_numbers_that_complete_one_another_were_sent_together():
    _, one, two = whole()
    got = chosen(mail("x", "[PATCH 1/2] toy: One"), mail("y", "[PATCH 2/2] toy: Two"))
    assert names(got) == ["x", "y"]
    assert len(chosen(one, two).versions) == 1


def test_patches_without_numbers_are_one_series_in_the_order_of_the_mails():
    got = chosen(*(mail(n, f"[PATCH] toy: Do {n}", day=9 - i) for i, n in enumerate("abc")))
    assert names(got) == ["a", "b", "c"]
    assert (got.version.total, got.version.numbered, got.version.missing) == (3, False, ())


def test_patches_without_numbers_that_answer_one_another_are_one_series_too():
    assert names(chosen(mail("a", "[PATCH] toy: A"), mail("b", "[PATCH] toy: B", up="a"),
                        mail("c", "[PATCH] toy: C", up="b a"))) == ["a", "b", "c"]


def test_the_newest_version_is_taken_and_the_others_are_told():
    got = chosen(*whole(2, up="c1", day=5), *whole())
    assert (got.version.number, names(got)) == (2, ["a2", "b2"])
    assert sorted(v.number for v in got.versions) == [1, 2]
    assert len(got.notices) == 1
    assert all(word in got.notices[0] for word in ("v1, v2", "v2 is taken", "--version"))


def test_the_version_that_was_wanted_is_taken_or_missed():
    both = [*whole(), *whole(2, up="c1", day=5)]
    assert names(chosen(*both, wanted=1)) == ["a1", "b1"]
    said = refused(*both, wanted=3).message
    assert "3" in said
    assert "v1, v2" in said


def test_versions_are_told_by_title_sender_or_patches_in_common():
    same_title = whole(2, title="toy: ALL!", sender="B <b@x.org>", day=5)
    same_sender = whole(2, up="c1", title="toy: Everything", day=5)
    same_patches = whole(2, title="toy: Everything", day=5)
    for other in (same_title, same_sender, same_patches):
        assert chosen(*whole(), *other).version.number == 2
    alien = [mail(f"z{n}", f"[PATCH v2 {n}/2] fs: Thing {n}", day=5) for n in (1, 2)]
    assert "different series" in refused(*whole(), *alien).message


def test_of_several_series_one_can_be_taken_by_its_number():
    alien = [mail(f"z{n}", f"[PATCH v2 {n}/2] fs: Thing {n}", day=5) for n in (1, 2)]
    mails = (*whole(), *alien, *whole(2, day=3))
    error = refused(*mails)
    assert "1 'toy: All' (2 of 2); 2 'fs: Thing 1' (2 of 2)" in error.message
    assert error.hint == "--series N takes one of them"
    assert names(chosen(*mails, series=1)) == ["a2", "b2"], "the newest version of it"
    got = chosen(*mails, series=2)
    assert (names(got), got.notices) == (
        ["z1", "z2"], ("series 2 of 2 in it: the others were not looked at",))
    for number in (0, 3):
        assert f"--series {number}: it holds 2 series" in refused(*mails, series=number).message


def test_one_patch_of_two_in_common_is_not_enough():
    other = [mail("x1", "[PATCH v2 1/2] toy: One", day=5),
             mail("x2", "[PATCH v2 2/2] fs: Thing", up="x1", day=5)]
    assert "different series" in refused(*whole(), *other).message


def test_two_works_are_one_too_many_and_both_are_named():
    two = mail("x", "[PATCH] fs: Other", day=5), mail("y", "[PATCH 1/1] fs: More", day=5)
    said = refused(*whole(), two[1]).message
    assert "toy: All" in said
    assert "fs: More" in said
    assert names(chosen(*whole(), two[0])) == ["a1", "b1"], "another shape is left out"
    before = mail("x", "[PATCH] fs: Other", day=1)
    assert names(chosen(before, *whole(day=2))) == ["a1", "b1"], "though it came first"


def test_a_counter_proposal_is_left_out_and_named():
    other = mail("x", "[PATCH] toy: Differently", up="a1 c1", sender="B <b@x.org>", day=5)
    got = chosen(*whole(), other)
    assert names(got) == ["a1", "b1"]
    assert len(got.notices) == 1
    assert "toy: Differently" in got.notices[0]
    assert "B <b@x.org>" in got.notices[0]


def test_two_counter_proposals_are_two():
    got = chosen(*whole(), mail("x", "[PATCH] toy: X", up="a1", sender="B <b@x.org>", day=5),
                 mail("y", "[PATCH] toy: Y", up="b1", sender="C <c@x.org>", day=5))
    assert [("toy: X" in n, "toy: Y" in n) for n in got.notices] == [(True, False), (False, True)]


def test_a_numbered_counter_proposal_in_the_thread_is_left_out_too():
    other = [mail(f"x{n}", f"[PATCH {n}/2] fs: Thing {n}", up="a1 c1", sender="B <b@x.org>", day=5)
             for n in (1, 2)]
    assert names(chosen(*whole(), *other)) == ["a1", "b1"]


def test_a_series_that_became_one_patch_is_its_next_version():
    got = chosen(*whole(), mail("n", "[PATCH v2] toy: Once", up="c1", day=5))
    assert (got.version.number, names(got)) == (2, ["n"])


def test_a_patch_of_the_same_author_and_version_is_not_the_series():
    got = chosen(*whole(), mail("n", "[PATCH] toy: Also", up="c1", day=5))
    assert names(got) == ["a1", "b1"]
    assert "toy: Also" in got.notices[0]


def test_the_thread_is_about_what_it_begins_with():
    reply = mail("early", "[PATCH 1/1] fs: Aside", up="c1", sender="B <b@x.org>", day=0)
    assert names(chosen(reply, *whole(day=2))) == ["a1", "b1"]
    aside = mail("early", "[PATCH 1/1] fs: Aside", up="c1", sender="B <b@x.org>", day=1)
    assert names(chosen(aside, *whole(day=2))) == ["a1", "b1"]


def test_a_sending_without_a_date_is_not_the_first():
    undated = mail("z", "[PATCH 1/1] toy: All", day=0)
    got = chosen(undated, *whole(day=2))
    assert got.versions[0].total == 1
    assert names(got) == ["a1", "b1"]


def test_of_two_sendings_the_last_is_taken():
    again = [mail("r1", "[RESEND PATCH 1/2] toy: One", day=5),
             mail("r2", "[RESEND PATCH 2/2] toy: Two", up="r1", day=5)]
    got = chosen(*again, *whole()[1:])
    assert names(got) == ["r1", "r2"]
    assert "2 times" in got.notices[0]
    undated = [mail(f"u{n}", f"[PATCH {n}/2] toy: X{n}", up="" if n == 1 else "u1", day=0)
               for n in (1, 2)]
    later = [mail(f"w{n}", f"[PATCH {n}/2] toy: X{n}", up="" if n == 1 else "w1", day=0)
             for n in (1, 2)]
    assert names(chosen(*undated, *later)) == ["w1", "w2"]


def test_a_mail_that_came_through_two_lists_is_one():
    got = chosen(*whole(), *whole())
    assert names(got) == ["a1", "b1"]
    assert got.notices[0].startswith("3 ")
    assert names(chosen(mail("", "[PATCH] a: A"), mail("", "[PATCH] b: B"))) == ["", ""]


def test_a_part_twice_is_one_when_its_text_is_the_same():
    got = chosen(*whole(), mail("b9", "[PATCH 2/2] toy: Two", DIFF + "\n", up="b1"))
    assert (names(got), got.version.total, got.version.title) == (["a1", "b1"], 2, "toy: All")
    assert len(got.version.parts) == 3
    assert len(got.notices) == 1
    assert "patch 2 of 2" in got.notices[0]


def test_a_part_twice_with_another_text_is_refused_and_both_mails_are_named():
    other = mail("b9", "[PATCH 2/2] toy: Two", DIFF.replace("new", "newer"), up="b1")
    said = refused(*whole(), other).message
    assert all(word in said for word in ("patch 2 of 2", "b1.eml", "b9.eml"))


def test_a_hole_is_refused_and_an_older_whole_version_offered():
    assert "patch 2 of 2" in refused(*whole()[:2]).message
    error = refused(*whole(), *whole(2, up="c1", day=5)[:2])
    assert "patch 2 of 2" in error.message
    assert "--version 1" in error.hint
    assert "--version" not in refused(*whole()[:2]).hint


def test_one_part_alone_is_looked_at_alone_and_the_rest_is_named():
    got = chosen(mail("b", "[PATCH 2/4] toy: Two"))
    assert names(got) == ["b"]
    assert "patch 2 of 4" in got.notices[0]
    assert "patches 1, 3-4 are not here" in got.notices[0]


def test_a_part_above_the_total_is_refused():
    assert "patch 3 of 2" in refused(*whole(), mail("z", "[PATCH 3/2] toy: Three", up="c1")).message


def test_replies_are_listed_with_the_patch_that_they_answer():
    got = chosen(*whole(), mail("r1", "Re: [PATCH 2/2] toy: Two", "Good.\n\n"
                                "Reviewed-by: R <r@x.org>\n", up="b1 c1"),
                 mail("r2", "Re: [PATCH 2/2] toy: Two", "Thanks.\n", up="r1"),
                 mail("r3", "Re: [PATCH 0/2] toy: All", "Nice.\n", up="c1"),
                 mail("r4", "Re: else", "Tested-by: R <r@x.org>\n", up="nobody"),
                 mail("l", "Re: loop", "x\n", up="l"),
                 mail("bot", "Re: [PATCH 1/2] toy: One", "ok\n", up="a1", sender="lkp@intel.com"),
                 mail("o", "A question", "Why?\n", up="a1"))
    assert [(r.message_id[:2], r.kind, r.on) for r in got.replies] == [
        ("r1", "reply", 2), ("r2", "reply", 2), ("r3", "reply", 0), ("r4", "reply", -1),
        ("l@", "reply", -1), ("bo", "bot", 1)]
    assert got.replies[0].trailers == ("Reviewed-by: R <r@x.org>",)
    assert got.replies[0].subject == "Re: [PATCH 2/2] toy: Two"
    assert got.replies[3].trailers == (), "of something else"


def test_references_in_a_circle_do_no_harm():
    one = mail("a", "[PATCH 1/2] toy: One", up="b")
    two = mail("b", "[PATCH 2/2] toy: Two", up="a")
    assert names(chosen(one, two)) == ["a", "b"]
    into = mail("c", "[PATCH 3/3] toy: Three", up="d")
    circle = mail("d", "[PATCH 1/3] toy: One", up="e"), mail("e", "[PATCH 2/3] toy: Two", up="d")
    assert names(chosen(into, *circle)) == ["d", "e", "c"]


REPLY = "Re: [PATCH] toy: A"
QUOTED = "".join(f"> {t}\n" for t in DIFF.splitlines())


@pytest.mark.parametrize(("mails", "says", "hint"), [
    ([mail("c", "[PATCH 0/7] toy: All", "What.\n")], "7 patches", ""),
    ([mail("r", REPLY, QUOTED)], "quoted", "harness review"),
    ([mail("r", REPLY, QUOTED, sender="lkp@intel.com")], "quoted", "harness review"),
    ([mail("r", REPLY)], "with a diff", "--unquote"),
    ([mail("r", REPLY, "Fine.\n")], "no patch found", "plain mails"),
    ([mail("p", "Hello", "Fine.\n")], "no patch found", "plain mails"),
    ([mail("p", "", "Fine.\n", sender="")], "not a mail", "format-patch"),
    ([mail("p", "", "Fine.\n")], "no patch found", "plain mails"),
    ([mail("p", "Hello", "Fine.\n", sender="")], "no patch found", "plain mails"),
    ([mail("p", "", "x\n", sender=""), mail("q", "", "y\n", sender="")], "no patch", "plain mails"),
])
def test_where_there_is_no_patch_the_reason_and_a_way_are_given(mails, says, hint):
    error = refused(*mails)
    assert error.message.startswith("t.mbox: ")
    assert says in error.message
    assert hint in error.hint


@pytest.mark.parametrize("up", ["a", ""])
def test_what_somebody_else_sends_under_the_same_title_replaces_nothing(up):
    got = chosen(mail("a", "[PATCH] toy: One"),
                 mail("b", "[PATCH] toy: One", up=up, sender="B <b@x.org>", day=3))
    assert names(got) == ["a"]
    (said,) = got.notices
    assert "left out" in said
    assert "B <b@x.org>" in said


@pytest.mark.parametrize("parts", [1, 3])
def test_somebody_elses_parts_in_the_thread_are_no_doubles(parts):
    theirs = whole(up="c1", day=5, sender="B <b@x.org>", title="toy: Mine")[3 - parts:]
    named = [mail(f"x{n}", m.subject, m.body.decode(), " ".join(
        ["x0"] * (parts == 3 and n > 0) + ["c1", "a1"]), sender="B <b@x.org>", day=5)
        for n, m in enumerate(theirs)]
    assert names(chosen(*whole(), *named)) == ["a1", "b1"]


def test_the_author_may_send_it_again():
    got = chosen(mail("a", "[PATCH] toy: One"), mail("b", "[PATCH] toy: One", day=3))
    assert names(got) == ["b"]


def test_what_follows_the_rfcs_is_taken_though_its_number_is_lower():
    rows = [mail("a", "[RFC PATCH v2] toy: One"), mail("b", "[PATCH] toy: One", day=2)]
    assert names(chosen(*rows)) == ["b"]
    assert names(chosen(*rows, wanted=2)) == ["a"]
    assert names(chosen(mail("b", "[PATCH] toy: One"),
                        mail("a", "[RFC PATCH v2] toy: One", day=2))) == ["a"]


def test_a_patch_that_has_no_part_in_the_newest_version_is_named():
    got = chosen(mail("a", "[PATCH] toy: One"), mail("b", "[PATCH] toy: Two"),
                 mail("c", "[PATCH v2] toy: One", day=2))
    assert names(got) == ["c"]
    assert any("toy: Two" in n and "left out" in n for n in got.notices)


def test_an_interdiff_in_a_cover_letter_makes_it_no_patch():
    cover, *parts = whole()
    cover = mail("c1", cover.subject, f"What.\n\nInterdiff against v1:\n{DIFF}")
    assert cover.kind == "cover"
    assert names(chosen(cover, *parts)) == ["a1", "b1"]
    assert mail("c1", cover.subject, f"What.\n{DIFF}").kind == "patch"


def test_re_behind_the_brackets_is_an_answer_where_it_answers():
    assert mail("b", "[PATCH] Re: toy: One", up="a").kind == "reply"
    assert mail("b", "[PATCH] Re: toy: One").kind == "patch"


def test_another_mail_of_the_same_id_is_left_out_and_named():
    one, other = mail("a", "[PATCH] toy: One"), mail("a", "[PATCH] toy: One", DIFF + "+more\n")
    got = chosen(one, other)
    assert names(got) == ["a"]
    assert any("not the same" in n for n in got.notices)
    assert not any("not the same" in n for n in chosen(one, one).notices)
