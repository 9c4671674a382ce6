# SPDX-License-Identifier: GPL-2.0-or-later
"""A Patchwork project that is polled: a server on this machine that lists as its REST API does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.errors import InfrastructureError, UsageError
from harness.farm import patchwork, project, sources
from tests.unit.farm.mails import cover, mail
from tests.unit.report.test_formats import good


class Patchwork(BaseHTTPRequestHandler):
    """GET /api/1.2/KIND/ and /KIND/ID/mbox/, POST of checks."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        parts = urlsplit(self.path)
        words = parts.path.strip("/").split("/")
        if server.mood is not None:
            return self.answer(*server.mood)
        if words[0] == "api":
            return self.listed(words[2], parse_qs(parts.query))
        return self.answer(200, server.mails[words[0]][int(words[1])])

    def listed(self, kind, query):
        server = self.server
        if query["project"] != ["toys"]:
            return self.answer(404, b"{}")
        rows = sorted(server.mails[kind], reverse=True)
        size, page = int(query["per_page"][0]), int(query["page"][0])
        tag = f'"{kind}{max(rows, default=0)}"'
        if self.headers.get("If-None-Match") == tag and page == 1:
            return self.answer(304, b"")
        here = f"http://{server.says or self.headers['Host']}"
        part = rows[(page - 1) * size:page * size]
        return self.answer(200, json.dumps([
            {"id": n, "mbox": f"{here}/{kind}/{n}/mbox/"} for n in part]).encode(), tag)

    def do_POST(self):
        self.server.posted.append((self.path, json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))))
        self.answer(201, b"{}")

    def answer(self, code, data, tag=""):
        self.send_response(code)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Patchwork) as httpd:
        httpd.asked, httpd.posted, httpd.mood, httpd.says = [], [], None, ""
        httpd.mails = {"patches": {11: mail("[PATCH 1/2] toy: One", 2, to=1),
                                   12: mail("[PATCH 2/2] toy: Two", 3, to=1)},
                       "covers": {10: cover("[PATCH 0/2] Toys", 1)}}
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.shutdown()


@pytest.fixture
def place(server):
    return sources.place_of(f"http://127.0.0.1:{server.server_port}/project/toys/list/")


def test_patches_and_covers_come_once_each(server, place):
    first = sources.read(place, None)
    assert [(n.rpartition("/project/toys/")[2], d) for n, d in first.mails] == [
        ("patches/11", server.mails["patches"][11]), ("patches/12", server.mails["patches"][12]),
        ("covers/10", server.mails["covers"][10])]
    server.asked.clear()
    again = sources.read(place, json.loads(json.dumps(first.cursor)))
    assert (again.mails, again.more) == ((), False)
    assert len(server.asked) == 2, "a page each, and neither was sent again"
    server.mails["patches"][15] = mail("[PATCH v2 1/2] toy: One", 5)
    third = sources.read(place, again.cursor)
    assert [n.rpartition("/")[2] for n, _ in third.mails] == ["15"]


def test_many_come_in_their_order_some_at_a_time(server, place):
    server.mails["patches"] = {n: mail(f"[PATCH] toy: {n}", n) for n in range(1, 251)}
    cursor, names = None, []
    for _ in range(9):
        batch = sources.read(place, cursor)
        names += [n for n, _ in batch.mails if "/patches/" in n]
        cursor = batch.cursor
        if not batch.more:
            break
    assert [int(n.rpartition("/")[2]) for n in names] == list(range(1, 251))


def test_only_what_came_since_is_asked_for_at_first(server, place):
    sources.read(place, None, 1e9)
    assert any("since=2001-09-09T01%3A46%3A40" in path for path in server.asked)


@pytest.mark.parametrize("mood", [(500, b""), (404, b"{}"), (200, b"<html>"), (200, b"[{}]"),
                                  (200, b'{"id": 1}'), (302, b"")])
def test_a_server_that_says_something_else_is_trouble_of_its_own(server, place, mood):
    server.mood = mood
    with pytest.raises(InfrastructureError):
        sources.read(place, None)


def test_nothing_is_fetched_from_another_server(server, place):
    server.says = "evil.example"
    with pytest.raises(InfrastructureError, match="another server"):
        sources.read(place, None)


def test_an_answer_has_an_end(server, place, monkeypatch):
    monkeypatch.setattr(project, "_MOST_JSON", 10)
    with pytest.raises(InfrastructureError, match="more than"):
        sources.read(place, None)


def test_nobody_there():
    with pytest.raises(InfrastructureError, match="refused"):
        sources.read(sources.place_of("http://127.0.0.1:1/project/toys"), None)


@pytest.mark.parametrize("text", ["https://patchwork.kernel.org/", "ftp://x/project/kvm",
                                  "https://x/project/", "http:///project/x"])
def test_what_is_no_project(text):
    with pytest.raises(UsageError):
        sources.place_of(text)


def test_checks_go_to_the_patches_that_the_mails_were(server, place):
    names = tuple(n for n, _ in sources.read(place, None).mails)
    patchwork.poster("0123456789abcdef", "https://ci/1")(("/md/new/1", *names), good())
    assert {path for path, _ in server.posted} == {
        "/api/patches/11/checks/", "/api/patches/12/checks/"}
    assert {row["target_url"] for _, row in server.posted} == {"https://ci/1"}
    with pytest.raises(UsageError, match="no token"):
        patchwork.poster("")
