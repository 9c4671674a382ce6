# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.lint import lint, lint_tree
from harness.lint import trailers as module
from harness.lint.rule import TreeContext
from harness.lint.trailers import RULES, trailers
from tests import make

SIGNED = "Signed-off-by: A Developer <a@example.org>"
HASH = "0123456789ab"


def patch(*rows, **changes):
    return make.patch(message="Because.\n\n" + "\n".join(rows) + "\n", **changes)


def found(*rows, **changes):
    return [f.rule for f in lint(make.series(patch(*rows, **changes)), RULES)]


@pytest.mark.parametrize(("message", "expected"), [
    ("Why.\n\nCc: x\nFixes: y\n", [("cc", "x"), ("fixes", "y")]),
    ("Note: this\nis prose.\n\nCc: x\n", [("cc", "x")]),
    ("Cc: x\n\nFixes:  y  \n", [("cc", "x"), ("fixes", "y")]),
    ("Cc: x\n[me: changed it]\n(cherry picked from commit 1)\nCc: z\n", [("cc", "x"), ("cc", "z")]),
    ("Cc: x\n  and so on\n\tand on\nCc: z\n", [("cc", "x"), ("cc", "z")]),
    ("Cc: x\nprose\n", []), ("  indented\nCc: x\n", [("cc", "x")]), ("Cc:\nx\n", []), ("", []),
])
def test_trailers_are_the_paragraphs_at_the_end(message, expected):
    assert trailers(make.patch(message=message)) == tuple(expected)


CO = "Co-developed-by: B Dev <b@x.org>"


@pytest.mark.parametrize(("rows", "bad"), [
    ([SIGNED], False),
    ([CO, "Signed-off-by: B Dev <b@x.org>", SIGNED], False),
    ([CO, "Signed-off-by: B. Dev <B@X.org>", SIGNED], False),
    ([CO, "Signed-off-by: b dev <other@x.org>", SIGNED], False),
    ([CO, 'Signed-off-by: "B Dev" <other@x.org>', SIGNED], False),
    ([CO, SIGNED, "Signed-off-by: B Dev <b@x.org>"], True),
    ([CO, "Reviewed-by: B Dev <b@x.org>", SIGNED], True),
    ([SIGNED, CO], True),
    (["Co-developed-by: A Developer <a@example.org>", SIGNED], True),
])
def test_a_co_developer_signs_off_at_once_and_is_not_the_author(rows, bad):
    assert ("co-developed" in found(*rows)) == bad


def test_a_nameless_co_developer_is_not_anybody():
    assert "co-developed" in found("Co-developed-by: <b@x.org>", "Signed-off-by: <c@x.org>")


def test_two_co_developers_are_two_findings():
    rows = lint(make.series(patch(CO, CO.replace("b@", "c@"), SIGNED)), RULES)
    assert len({f.id for f in rows}) == 2


OTHER = "Signed-off-by: M Aintainer <m@x.org>"


@pytest.mark.parametrize(("rows", "bad"), [
    ([SIGNED, OTHER], False), ([OTHER, SIGNED], True), ([OTHER], False), ([SIGNED], False),
    ([OTHER, "Signed-off-by: N <n@x.org>"], False),
    ([CO, "Signed-off-by: B Dev <b@x.org>", SIGNED], False),
    (["Cc: x", OTHER, SIGNED], True),
])
def test_the_author_signs_off_before_those_who_pass_it_on(rows, bad):
    assert ("sign-off-order" in found(*rows)) == bad


@pytest.mark.parametrize(("value", "bad"), [
    (f'{HASH} ("toy: Start")', False), (f'{HASH}{"0" * 28} ("toy: Start")', False),
    (f'{HASH} ("toy: Start") # v5.4+', False),
    (f'{HASH[:-1]} ("toy: Start")', True), (f"{HASH} toy: Start", True), (HASH, True),
    (f'{HASH} ("toy: Start") and more', True), ("https://bugs/1", False), ("12ab", False),
])
def test_fixes_has_the_form_that_tools_read(value, bad):
    assert ("fixes" in found(SIGNED, f"Fixes: {value}")) == bad
    assert "fixes" not in found(SIGNED, f"Link: {value}")


@pytest.mark.parametrize(("rows", "bad"), [
    (["Reported-by: R <r@x.org>"], True), (["Reported-and-tested-by: R <r@x.org>"], True),
    (["Reported-by: R <r@x.org>", "Closes: https://x"], False),
    (["Link: https://x", "Reported-by: R <r@x.org>"], False),
    (["Reported-by: R <r@x.org> (privately)"], False), (["Suggested-by: R <r@x.org>"], False),
])
def test_a_report_can_be_found(rows, bad):
    assert ("reported-closes" in found(*rows, SIGNED)) == bad


def on_tree(*patches, named=(), titles=None):
    """What is said on a tree; ``titles`` are those of its commits, None: no history."""
    def title_of(rev):
        return None if titles is None else titles.get(rev, "")
    tree = TreeContext(make.series(*patches), (), None, None, None, lambda: named, title_of)
    return [(f.rule, f.message) for f in lint_tree(tree, RULES)]


@pytest.mark.parametrize(("text", "bad"), [
    ('Fixes: commit 0123456789ab ("toy: Begin")', True),
    ('Fixes:0123456789ab ("toy: Begin")', True),
    ('FIXES: 0123456789AB ("toy: Begin")', True), ('Fixes: #0123456789ab ("toy: Begin")', True),
    ('Fixes: 0123456789ab ("toy: Begin\nand go on")', True), ("Fixes: a bug in it", False),
    ('Fixes: 0123456789ab ("toy: Begin")', False), ("Fixes: https://x.org/1", False)])
def test_what_was_meant_as_one_is_told_where_tools_cannot_read_it(text, bad):
    assert ("fixes" in found(text, SIGNED)) == bad


def test_what_fixes_names_is_looked_up_in_the_tree():
    one = patch(f'Fixes: {HASH} ("toy: Start")', f'Cc: {HASH} ("x")', number=3)
    assert on_tree(one, titles={HASH: "toy: Start"}) == []
    assert on_tree(one, titles=None) == []
    ((rule, text),) = on_tree(one, titles={})
    assert rule == "fixes-exists"
    assert "patch 3" in text
    assert HASH in text
    ((rule, text),) = on_tree(one, titles={HASH: "toy: Begin"})
    assert (rule, "toy: Begin" in text, "toy: Start" in text) == ("fixes-exists", True, True)


def test_nobody_waits_for_a_hundred_thousand_of_them(monkeypatch):
    monkeypatch.setattr(module, "MOST_FIXES", 2)
    many = patch(*[f'Fixes: {HASH} ("toy: Start")'] * 9)
    ((rule, text),) = on_tree(many, titles={HASH: "toy: Start"})
    assert rule == "fixes-exists"
    assert "more than 2 Fixes: trailers" in text


def test_a_fixes_that_cannot_be_read_is_not_looked_up():
    assert on_tree(patch("Fixes: 12345"), titles={}) == []


NAMED = (("list@x.org", "open list"), ("Boss@x.org", "maintainer:TOY"))


def test_who_is_named_and_got_nothing_is_told_of():
    sent = patch(SIGNED, recipients=("list@x.org",))
    ((rule, text),) = on_tree(sent, named=NAMED)
    assert rule == "recipients"
    assert "Boss@x.org" in text
    assert "maintainer:TOY" in text


def test_one_mail_of_the_series_is_enough_and_authors_know():
    sent = patch(recipients=("list@x.org",)), patch(recipients=("boss@x.org",))
    assert on_tree(*sent, named=NAMED) == []
    mine = patch(recipients=("list@x.org",), email="BOSS@x.org")
    assert on_tree(mine, patch(), named=NAMED) == []


def test_of_what_was_not_sent_nothing_is_said():
    assert on_tree(patch(), named=NAMED) == []
