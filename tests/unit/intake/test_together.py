# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of one sending that do not call themselves so."""

import pytest

from tests.unit.intake.test_thread import chosen, mail, names, refused


def series(*rows, sender="A <a@x.org>"):
    """Mails of (name, subject, names above); covers have no diff."""
    return [mail(n, s, up=up, sender=sender, **({"body": "What.\n"} if " 0/" in s else {}))
            for n, s, up in rows]


@pytest.mark.parametrize(("cover", "one", "two", "number", "total"), [
    ("[PATCH v3 0/2]", "[PATCH 1/2]", "[PATCH 2/2]", 3, 2),
    ("[PATCH net-next v3 0/2]", "[PATCH 1/2]", "[PATCH 2/2]", 3, 2),
    ("[PATCH 0/2]", "[PATCH v2 1/2]", "[PATCH v2 2/2]", 2, 2),
    ("[PATCH v2 0/2]", "[PATCH v2 1/2]", "[PATCH 2/2]", 2, 2),
    ("[PATCH v2 0/3]", "[PATCH v2 1/2]", "[PATCH v2 2/2]", 2, 2),
    ("[PATCH v2 0/2]", "[PATCH v2 1/2]", "[PATCH v2 2/3]", 2, 2),
    ("[RFC PATCH v2 0/2]", "[PATCH 1/3]", "[PATCH 2/3]", 2, 2),
])
def test_what_answers_a_cover_belongs_to_it(cover, one, two, number, total):
    got = chosen(*series(("c", f"{cover} toy: All", ""), ("a", f"{one} toy: One", "c"),
                         ("b", f"{two} toy: Two", "c")))
    assert names(got) == ["a", "b"]
    assert (got.version.number, got.version.total, got.version.cover.message_id) == (
        number, total, "c@x.org")
    (told,) = got.notices
    assert "taken as part of one series" in told


def test_a_part_that_forgot_the_version_is_no_missing_one():
    got = chosen(*series(("a", "[PATCH v2 1/3] toy: A", ""), ("b", "[PATCH v2 2/3] toy: B", "a"),
                         ("c", "[PATCH 3/3] toy: C", "a")))
    assert (names(got), got.version.number) == (["a", "b", "c"], 2)
    assert got.notices == (("patch 3 is taken as part of one series, as References say (v2, 3 "
                           "patches), though the subject says no version, 3 patches"),)


def test_a_new_sending_below_the_old_cover_stays_one():
    got = chosen(*series(("c", "[PATCH 0/2] toy: All", ""), ("a", "[PATCH 1/2] toy: One", "c"),
                         ("x", "[PATCH v2 1/2] toy: One", "c"),
                         ("y", "[PATCH v2 2/2] toy: Two", "c")))
    assert (names(got), got.version.number) == (["x", "y"], 2)


def test_somebody_elses_part_is_not_taken():
    got = chosen(*series(("c", "[PATCH 0/1] toy: All", ""), ("a", "[PATCH 1/1] toy: One", "c")),
                 *series(("z", "[PATCH v9 2/2] toy: Two", "c"), sender="Z <z@x.org>"))
    assert names(got) == ["a"]


def test_a_new_version_of_one_part_is_taken_with_the_others_of_the_old():
    old = series(("c", "[PATCH 0/3] toy: All", ""), ("a1", "[PATCH 1/3] toy: A", "c"),
                 ("b1", "[PATCH 2/3] toy: B", "c"), ("d1", "[PATCH 3/3] toy: D", "c"))
    got = chosen(*old, *series(("b2", "[PATCH v2 2/3] toy: B", "b1 c")))
    assert names(got) == ["a1", "b2", "d1"]
    assert (got.version.number, got.version.title) == (2, "toy: All")
    assert got.notices[-2:]
    assert any(n.startswith(
        "v2 has patch 2 alone, as an answer to an earlier one: the others are those of v1")
        for n in got.notices)
    assert names(chosen(*old, *series(("b2", "[PATCH v2 2/3] toy: B", "b1 c")), wanted=1)) == [
        "a1", "b1", "d1"]


def test_a_part_that_answers_none_of_the_old_ones_is_alone():
    old = series(("a1", "[PATCH 1/2] toy: A", ""), ("b1", "[PATCH 2/2] toy: B", "a1"))
    error = refused(*old, *series(("b2", "[PATCH v2 2/2] toy: B", "a1")))
    assert "patch 1 of 2 is missing" in error.message


OLD = (("c", "[PATCH 0/3] toy: All", ""), ("a1", "[PATCH 1/3] toy: A", "c"),
       ("b1", "[PATCH 2/3] toy: B", "c"), ("d1", "[PATCH 3/3] toy: D", "c"))


def test_new_versions_of_single_parts_add_up():
    got = chosen(*series(*OLD, ("a2", "[PATCH v2 1/3] toy: A", "a1 c"),
                         ("b3", "[PATCH v3 2/3] toy: B", "b1 c")))
    assert (names(got), got.version.number) == (["a2", "b3", "d1"], 3)


def test_a_new_version_of_one_part_may_lack_its_number():
    got = chosen(*series(*OLD, ("b2", "[PATCH v2] toy: B", "b1 c")))
    assert (names(got), got.version.number) == (["a1", "b2", "d1"], 2)


def test_nobody_elses_new_version_of_a_part_is_taken():
    error = refused(*series(*OLD), *series(("b2", "[PATCH v2 2/3] toy: B", "b1 c"),
                                          sender="B <b@x.org>"))
    assert "is missing" in error.message


def test_what_others_sent_fills_no_hole():
    error = refused(*series(("a", "[PATCH 1/2] toy: A", "")),
                    *series(("r", "[PATCH 2/2] fs: R", ""), sender="B <b@x.org>"))
    assert "different series" in error.message or "is missing" in error.message


def test_a_deep_thread_takes_no_longer_than_a_flat_one():
    rows, above = [("m0", "[PATCH 0/300] toy: All", "")], ["m0"]
    for n in range(1, 301):
        rows.append((f"m{n}", f"[PATCH {n}/300] toy: {n}", " ".join(reversed(above))))
        above.append(f"m{n}")
    assert len(names(chosen(*series(*rows)))) == 300


def test_a_cover_of_a_new_version_has_its_patches_though_they_forgot_it():
    old = series(("c1", "[PATCH 0/2] toy: All", ""), ("a1", "[PATCH 1/2] toy: A", "c1"),
                 ("b1", "[PATCH 2/2] toy: B", "c1"))
    new = series(("c2", "[PATCH v2 0/2] toy: All", "c1"), ("a2", "[PATCH 1/2] toy: A", "c2 c1"),
                 ("b2", "[PATCH 2/2] toy: B", "c2 c1"))
    got = chosen(*old, *new)
    assert (names(got), got.version.number) == (["a2", "b2"], 2)
    assert "patches 1, 2 are taken as part of one series" in got.notices[0]


def test_single_patches_of_two_senders_are_no_series():
    mine = series(("a", "[PATCH] toy: A", ""))
    other = series(("b", "[PATCH] toy: B", ""), sender="Z <z@x.org>")
    assert "holds different series" in refused(*mine, *other).message
    assert names(chosen(*mine, *series(("c", "[PATCH] toy: C", "")))) == ["a", "c"]


def test_patches_without_numbers_below_a_cover_that_counts_them_are_in_the_order_of_sending():
    got = chosen(*series(("c", "[PATCH v2 0/3] toy: All", ""), ("b", "[PATCH v2] toy: B", "c"),
                         ("a", "[PATCH v2] toy: A", "c"), ("d", "[PATCH v2] toy: D", "a c")))
    assert (names(got), got.version.number, got.version.total) == (["b", "a", "d"], 2, 3)


def test_fewer_than_a_cover_counts_are_no_series_of_it():
    assert "missing" in refused(*series(
        ("c", "[PATCH 0/3] toy: All", ""), ("b", "[PATCH 1/3] toy: B", "c"),
        ("a", "[PATCH] toy: A", "c"))).message


@pytest.mark.parametrize("again", ["[PATCH RESEND v2]", "[RESEND PATCH v2]", "[PATCH v2]"])
def test_the_same_patch_sent_once_more_is_one(again):
    got = chosen(*series(("a", "[PATCH v2] toy: A", ""), ("b", f"{again} toy: A", "")))
    assert names(got) == ["b"]


def test_a_part_that_forgot_the_version_is_not_that_of_the_old_sending():
    got = chosen(*series(
        ("c", "[PATCH 0/2] toy: All", ""), ("a", "[PATCH 1/2] toy: A", "c"),
        ("b", "[PATCH 2/2] toy: B", "c"), ("c2", "[PATCH v2 0/2] toy: All", ""),
        ("a2", "[PATCH v2 1/2] toy: A", "c2"), ("b2", "[PATCH 2/2] toy: B", "c2")))
    assert (names(got), got.version.number) == (["a2", "b2"], 2)


@pytest.mark.parametrize(("cover", "parts"), [
    ("[PATCH v2 0/1] toy: All", ["[PATCH v2] toy: One"]),
    ("[PATCH v2] toy: All", ["[PATCH v2 1/2] toy: One", "[PATCH v2 2/2] toy: Two"]),
    ("[PATCH v2] toy: All", ["[PATCH v2] toy: One", "[PATCH v2] toy: Two"]),
    ("[PATCH v2 0/n] toy: All", ["[PATCH v2 1/2] toy: One", "[PATCH v2 2/2] toy: Two"])])
def test_a_cover_without_a_number_is_the_one_that_its_patches_answer(cover, parts):
    got = chosen(mail("c", cover, "Changes since v1: all.\n"),
                 *(mail(f"p{n}", title, up="c", day=1 + n) for n, title in enumerate(parts)))
    assert got.version.cover is not None
    assert len(got.version.patches) == len(parts)


def test_a_word_of_somebody_else_above_a_patch_is_no_cover():
    got = chosen(mail("c", "[PATCH v2] toy: What about it", "Send it.\n", sender="B <b@x.org>"),
                 mail("p", "[PATCH v2] toy: One", up="c", day=2))
    assert got.version.cover is None
