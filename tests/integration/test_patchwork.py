# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks sent to a server on this machine that behaves as Patchwork's REST API 1.3 does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.cli import main
from harness.errors import InfrastructureError, UsageError
from harness.farm import patchwork
from harness.report import checks, json_
from tests.unit.report.test_formats import good

TOKEN = "0123456789abcdef"
STATES = {"pending", "success", "warning", "fail"}


class Patchwork(BaseHTTPRequestHandler):
    """POST /api/patches/ID/checks/ with what Django REST framework would say."""

    def do_POST(self):
        server = self.server
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((self.path, self.headers.get("Authorization"), data))
        if server.moods:
            code, headers = server.moods.pop(0)
            return self.answer(code, {"detail": "not now"}, headers)
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            return self.answer(401, {"detail": "Invalid token."})
        if not self.path.endswith("/api/patches/7/checks/"):
            return self.answer(404, {"detail": "Not found."})
        if data["state"] not in STATES or not data["context"].replace("-", "").isalnum():
            return self.answer(400, {"state": ["not a valid choice"]})
        return self.answer(201, {"id": len(server.asked), **data})

    def answer(self, code, data, headers=None):
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Patchwork) as httpd:
        httpd.asked, httpd.moods = [], []
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def where(server):
    return patchwork.server(f"http://127.0.0.1:{server.server_port}/", TOKEN, "https://ci/1")


def send(where, waits=None):
    return patchwork.send(where, 7, checks.checks(good()),
                          (waits if waits is not None else []).append)


def test_every_check_arrives_with_its_state_and_link(server, where):
    number = send(where)
    assert number == len(server.asked) == len(checks.checks(good()))
    rows = {data["context"]: data for _, _, data in server.asked}
    assert rows["harness-uapi"]["state"] == "fail"
    assert rows["harness-lint"]["state"] == "warning"
    assert "NOT_RUN" in rows["harness-build"]["description"], "no gcc is no success"
    assert {d["target_url"] for d in rows.values()} == {"https://ci/1"}
    assert {auth for _, auth, _ in server.asked} == {f"Token {TOKEN}"}


def test_a_busy_server_is_asked_again_when_it_says(server, where):
    server.moods = [(429, {"Retry-After": "3"}), (503, {}), (429, {"Retry-After": "99999"})]
    waits = []
    send(where, waits)
    assert waits == [3.0, 4.0, patchwork.LONGEST_WAIT]


def test_a_server_that_stays_away_is_infrastructure(server, where):
    server.moods = [(500, {})] * 50
    waits = []
    with pytest.raises(InfrastructureError, match=r"500 .*5 times"):
        send(where, waits)
    assert len(waits) == patchwork.TRIES - 1
    gone = patchwork.server("http://127.0.0.1:1", TOKEN)
    with pytest.raises(InfrastructureError, match="refused"):
        send(gone)


@pytest.mark.parametrize(("mood", "hint"), [(401, "token"), (403, "may this user"),
                                            (404, "number of a patch")])
def test_a_refusal_is_not_repeated_and_says_what_to_look_at(server, where, mood, hint):
    server.moods = [(mood, {})]
    with pytest.raises(InfrastructureError) as error:
        send(where)
    assert hint in error.value.hint
    assert len(server.asked) == 1


def test_the_token_follows_nobody_elsewhere(server, where):
    server.moods = [(302, {"Location": f"http://127.0.0.1:{server.server_port}/evil"})]
    with pytest.raises(InfrastructureError, match="302"):
        send(where)
    assert [path for path, _, _ in server.asked] == ["/api/patches/7/checks/"]


@pytest.mark.parametrize(("base", "token", "says"), [
    ("http://patchwork.kernel.org", TOKEN, "clear"), ("ftp://x", TOKEN, "no URL"),
    ("x", TOKEN, "no URL"), ("https://x", "", "no token"), ("https://x", "a b", "no token")])
def test_wrong_use(base, token, says):
    with pytest.raises(UsageError, match=says):
        patchwork.server(base, token)


def test_from_the_command_line(server, monkeypatch, tmp_path, capsys):
    (tmp_path / "report.json").write_text(json_.render(good()))
    argv = ["report", str(tmp_path), "--to", "patchwork", "--server",
            f"http://127.0.0.1:{server.server_port}", "--patch", "7"]
    assert main.run(argv) == 2
    monkeypatch.setenv("HARNESS_PATCHWORK_TOKEN", TOKEN)
    assert main.run(argv) == 0
    assert "checks for patch 7" in capsys.readouterr().out
    assert server.asked
    assert TOKEN not in capsys.readouterr().out
