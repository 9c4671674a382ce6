# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of a watch."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.farm import assemble, publish, rounds
from harness.farm.telling import Telling
from harness.model import Finding, Severity, StageResult, Status, Verdict
from harness.report import site
from tests import make
from tests.unit.farm.mails import mail

ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = "<script>alert(1)</script>\x1b[31m"


class Links(HTMLParser):
    """The links of a page, and its elements."""

    def __init__(self, text):
        super().__init__()
        self.links, self.tags = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k == "href"]


@pytest.fixture
def shown(lists, tmp_path):
    """Check what has come; the folder of the pages."""
    pages = publish.Pages(tmp_path / "site", lists.plan, "A list")

    def ask():
        rounds.run(lists.ledger, lists.plan, lists.engine(), Telling(
            publish=lambda ledger, words: pages.write(ledger, lists.now, words)),
            lists.said.append, once=True, clock=rounds.Clock(lambda: lists.now))
        return tmp_path / "site"
    ask.pages = pages
    return ask


def finding(text, severity=Severity.ERROR):
    return Finding("sign-off", severity, text, subject=text)


def test_every_link_leads_somewhere_and_nothing_is_a_script(lists, shown):
    lists.answers["v1 toy: One"] = make.report(verdict=Verdict.FAIL, findings=(finding(EVIL),))
    lists.come(mail("[PATCH] toy: One", 1), mail(f"[PATCH] toy: {EVIL}", 2),
               mail("[PATCH 1/2] toy: Half", 3))
    place = shown()
    pages = list(place.rglob("*.html"))
    assert len(pages) == 7, "the list, the trees, three series, two reports"
    for page in pages:
        text = page.read_text()
        seen = Links(text)
        assert "script" not in seen.tags
        assert "\x1b" not in text
        for link in seen.links:
            target, _, _ = link.partition("#")
            assert not target or (page.parent / target).is_file(), f"{page}: {link}"
    index = (place / "index.html").read_text()
    assert "patch 2 of 2 has not come" in index
    assert "At work: 0 of 1 job at a time, on one machine." in index
    for state in ("fail", "pass", "waiting"):
        assert f'<span class="{state}">{state}</span>' in index


def test_versions_stand_side_by_side_with_what_is_new_and_gone(lists, shown):
    same, old, new = finding("stays"), finding("was there"), finding("is new")
    lists.answers = {"v1 toy: One": make.report(verdict=Verdict.FAIL, findings=(same, old)),
                     "v2 toy: One": make.report(verdict=Verdict.FAIL, findings=(same, new))}
    lists.come(mail("[PATCH] toy: One", 1))
    shown()
    lists.come(mail("[PATCH v2] toy: One", 2, body="Second.\n"))
    place = shown()
    (page,) = (place / "series").glob("*.html")
    text = page.read_text()
    assert text.index("v2: fail") < text.index("v1: fail")
    for word, what in (("1 new", "is new"), ("1 gone", "was there"), ("1 as before", "stays")):
        assert re.search(rf"<h3>{word}</h3>\s*<ul><li>error: {what}</li></ul>", text)
    (row,) = json.loads((place / "index.json").read_text())["series"]
    assert [v["version"] for v in row["versions"]] == [2, 1]
    assert row["page"] == f"series/{page.name}"


def test_the_feed_has_each_verdict(lists, shown):
    lists.come(mail("[PATCH] toy: One", 1), mail("[PATCH] toy: Two", 2))
    feed = ET.fromstring((shown() / "feed.atom").read_text())  # noqa: S314  (our own)
    assert feed.tag == f"{ATOM}feed"
    for name in ("title", "id", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, "RFC 4287, 4.1.1"
    entries = feed.findall(f"{ATOM}entry")
    assert sorted(e.find(f"{ATOM}title").text for e in entries) == [
        "pass: toy: One", "pass: toy: Two"]
    assert len({e.find(f"{ATOM}id").text for e in entries}) == 2


def test_why_a_series_was_not_checked(lists, shown):
    lists.plan = replace(lists.plan, since=1767607260.0 + 150, began=lists.now)  # 10:03:30
    shown.pages._plan = lists.plan
    lists.come(mail("[PATCH] toy: Old", 1), mail("[PATCH v2] toy: New", 40, body="Second.\n"),
               mail("[PATCH] toy: New", 30))
    index = (shown() / "index.html").read_text()
    assert index.count("it was sent before this watch began") == 1
    assert "v2 is there" in "".join(p.read_text() for p in (shown() / "series").iterdir())


def test_pages_of_what_goes_by_another_name_go(lists, shown):
    lists.come(mail("[PATCH v2] toy: One", 2, body="Second.\n"))
    (before,) = (shown() / "series").iterdir()
    lists.come(mail("[PATCH] toy: One", 1))
    (after,) = (shown() / "series").iterdir()
    assert after != before


def test_what_says_the_same_is_not_written_again(lists, shown):
    lists.come(mail("[PATCH] toy: One", 1))
    place = shown()
    before = {p: p.stat().st_mtime_ns for p in place.rglob("*") if p.is_file()}
    shown()
    assert {p: p.stat().st_mtime_ns for p in place.rglob("*") if p.is_file()} == before
    (place / "index.html").write_text("somebody wrote here")
    shown()
    assert "toy: One" in (place / "index.html").read_text()


def test_a_thousand_series_are_one_page_of_less_than_a_megabyte(tmp_path):
    version = site.Version(3, 12, "x" * 70, "A Developer <developer@example.org>", "1@x",
                           "2026-01-05 10:00", "done", "problems found: " + "y" * 150, "fail", 1,
                           2, "torvalds", "report/x.html", 5.0)
    works = [site.Work(f"{n:032x}", (version,)) for n in range(1000)]
    assert site.write(tmp_path, works, "A list", 1e9) == 1003
    assert (tmp_path / "index.html").stat().st_size < 1 << 20
    assert site.write(tmp_path, works, "A list", 1e9) == 0


def test_what_is_too_large_is_said(lists, shown, monkeypatch):
    monkeypatch.setattr(assemble, "MOST_PATCHES", 1)
    monkeypatch.setattr(publish, "MOST_PATCHES", 1)
    lists.come(mail("[PATCH 1/2] toy: One", 1), mail("[PATCH 2/2] toy: Two", 2, to=1))
    assert "more than 1 mails" in (shown() / "index.html").read_text()


@pytest.mark.parametrize("seconds", [0.0, -5.0, 1e30, 1767607200.0])
def test_a_time_of_any_size_is_shown(seconds):
    assert site.stamp(seconds) == ("2026-01-05 10:00" if seconds == 1767607200.0 else "")


def test_the_trees_have_a_page_of_what_checks_saw_of_them(lists, shown):
    stages = (StageResult("build-base", Status.FAIL, 1.0),)
    lists.answers["v1 toy: One"] = make.report(stages=stages)
    lists.come(mail("[PATCH] toy: One", 1))
    text = (shown() / "trees.html").read_text()
    assert "No check has built a tree yet" not in text
    assert "does not build" in text
