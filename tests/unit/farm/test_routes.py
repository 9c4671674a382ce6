# SPDX-License-Identifier: GPL-2.0-or-later
"""Which series are for which trees."""

import pytest

from harness.errors import UsageError
from harness.farm import routes
from harness.farm.routes import Route
from harness.intake.mail import parse_mail
from tests.unit.farm.mails import cover, mail

ROADS = (Route("all"), Route("files", paths=("toy.*",)), Route("list", lists=("Toys@example.org",)),
         Route("word", words=("toy-next",)), Route("others", words=("net",), paths=("net/*",)))


def trees(*raw):
    return routes.trees(ROADS, [m for data in raw for m in parse_mail(data, "x")])


def sent(data):
    return data.replace(b"Subject:", b"To: toys@example.org\nSubject:", 1)


@pytest.mark.parametrize(("raw", "wanted"), [
    ([mail("[PATCH] toy: One")], ("files", "all")),
    ([sent(mail("[PATCH] toy: One"))], ("list", "files", "all")),
    ([sent(mail("[PATCH toy-next v2] toy: One"))], ("word", "list", "files", "all")),
    ([cover("[PATCH TOY-NEXT,v2 0/1] Toys"), mail("[PATCH 1/1] toy: One", 1)],
     ("word", "files", "all")),
    ([cover("[PATCH 0/1] toy-next")], ("all",)), ([], ("all",))])
def test_what_says_more_comes_first(raw, wanted):
    assert trees(*raw) == wanted


def test_a_tree_is_named_once():
    roads = (Route("a", words=("x",)), Route("a"))
    (made,) = parse_mail(mail("[PATCH x] toy: One"), "x")
    assert routes.trees(roads, [made]) == ("a",)


def test_the_file(tmp_path):
    path = tmp_path / "routes.toml"
    path.write_text('[[tree]]\ntree = "a"\nwords = ["net"]\n[[tree]]\ntree = "b"\nname = "n"\n'
                    '[commands]\nsenders = ["Who@Example.org"]\n')
    assert routes.read(path) == routes.Routes(
        (Route("a", ("net",)), Route("b", name="n")), frozenset({"who@example.org"}))


@pytest.mark.parametrize(("text", "why"), [
    ("", r"no \[\[tree\]\]"), ("x = 1\n", r"no \[\[tree\]\]"), ("[[tree]]\n", "without tree"),
    ('[[tree]]\ntree = "a"\nlist = ["x"]\n', "list is not known"),
    ('[[tree]]\ntree = "a"\nlists = "x"\n', "lists is no list"), ("[[tree\n", "routes.toml"),
    ('tree = ["a"]\n', "without tree"), ('[[tree]]\ntree = "a"\n[x]\n', "something else"),
    ('[[tree]]\ntree = "a"\nname = 1\n', "name is no word"),
    ('[[tree]]\ntree = "a"\npriority = true\n', "priority is no number"),
    ('[[tree]]\ntree = "a"\npriority = 101\n', "priority is no number"),
    ('[[tree]]\ntree = "a"\n[commands]\n', "senders"),
    ('[[tree]]\ntree = "a"\n[commands]\nsenders = "x"\n', "senders")])
def test_a_file_that_cannot_be_used_is_wrong_use(tmp_path, text, why):
    path = tmp_path / "routes.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=why):
        routes.read(path)
    with pytest.raises(UsageError, match="gone"):
        routes.read(tmp_path / "gone")


def test_the_first_tree_says_how_early_a_series_is_checked():
    rows = (Route("a", priority=2), Route("b"), Route("c", priority=-1))
    assert [routes.priority(rows, t) for t in (("a", "b"), ("b", "a"), ("c",), ("x",), ())] == [
        2, 0, -1, 0, 0]
