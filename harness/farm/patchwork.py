# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks for Patchwork's REST API 1.3: POST /api/patches/ID/checks/.

The token comes from the environment and goes to the server that was named and to no
other: redirects are not followed. What the server says is bounded and cleaned.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

from harness import __version__
from harness.clean import one_line
from harness.errors import InfrastructureError, UsageError
from harness.model import Report
from harness.report.checks import Check, checks

TOKEN = "HARNESS_PATCHWORK_TOKEN"  # noqa: S105  (its name)
TRIES = 5
LONGEST_WAIT = 60.0  # seconds between two tries, whatever the server asks for
SECONDS = 30.0  # for one answer
_STATE = {"pass": "success", "warn": "warning", "fail": "fail"}
_AGAIN = frozenset({429, 500, 502, 503, 504})
_FROM = re.compile(r"(https?://.+)/project/[^/]+/patches/(\d+)")  # names of ``project.read``
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Server:
    """A Patchwork server and a token; ``url`` links to the whole report."""

    base: str
    token: str
    url: str = ""
    context: str = "harness"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,  # noqa: PLR0917  (urllib's own)
                         headers: Message, newurl: str) -> None:
        """Follow nothing: the token is for one server."""


def server(base: str, token: str, url: str = "") -> Server:
    """Look at what was given; raises ``UsageError``."""
    try:
        parts = urlsplit(base)
        whole = parts.port is None or bool(parts.port)
    except ValueError:
        whole = False
    if not whole or not re.fullmatch(r"[!-~]+", base):
        raise UsageError(f"--server {one_line(base)} is no URL",
                         hint="--server https://patchwork.kernel.org")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"--server {one_line(base)} is no URL",
                         hint="--server https://patchwork.kernel.org")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise UsageError("a token must not travel in clear", hint="--server https://...")
    if not token or not re.fullmatch(r"[!-~]+", token):
        raise UsageError(f"no token in ${TOKEN}", hint="Patchwork's profile page has it")
    return Server(base.rstrip("/"), token, url)


def poster(token: str, url: str = "") -> Callable[[tuple[str, ...], Report], None]:
    """Posts the checks of a report to the patches that its mails came from.

    Raises ``UsageError`` where there is no token.
    """
    server("https://localhost", token, url)

    def post(mails: tuple[str, ...], report: Report) -> None:
        for name in mails:
            if match := _FROM.fullmatch(name):
                send(server(match.group(1), token, url), int(match.group(2)), checks(report))
    return post


def send(where: Server, patch: int, rows: tuple[Check, ...],
         sleep: Callable[[float], None] = time.sleep) -> int:
    """Set every check of a patch; returns how many. Raises ``InfrastructureError``."""
    for check in rows:
        _post(where, f"/api/patches/{patch}/checks/", {
            "state": _STATE[check.status], "context": f"{where.context}-{check.name}",
            "description": one_line(check.summary, 200), "target_url": where.url}, sleep)
    return len(rows)


def _post(where: Server, path: str, data: dict[str, str], sleep: Callable[[float], None],
          ) -> None:
    request = urllib.request.Request(  # noqa: S310  (http and https only, see server)
        where.base + path, json.dumps({k: v for k, v in data.items() if v}).encode(),
        {"Authorization": f"Token {where.token}", "Content-Type": "application/json",
         "User-Agent": f"kernel-patch-harness/{__version__}"})
    opener = urllib.request.build_opener(_NoRedirect)
    for attempt in range(1, TRIES + 1):
        wait, why = min(2.0 ** attempt, LONGEST_WAIT), ""
        try:
            with opener.open(request, timeout=SECONDS) as answer:
                answer.read(65536)
                return
        except urllib.error.HTTPError as error:
            with error:
                said = one_line(error.read(4096).decode("utf-8", "replace"), 200)
            why = f"{error.code} {said}"
            if error.code not in _AGAIN:
                raise InfrastructureError(f"{where.base}{path}: {why}", hint=_hint(
                    error.code)) from None
            wait = _asked(error.headers.get("Retry-After"), wait)
        except (urllib.error.URLError, TimeoutError, ConnectionError,
                http.client.HTTPException) as error:
            why = one_line(str(getattr(error, "reason", error)))
        if attempt < TRIES:
            sleep(wait)
    raise InfrastructureError(f"{where.base}{path}: {why}, {TRIES} times",
                              hint="the command can be repeated: a newer check replaces an older")


def _asked(text: str | None, usual: float) -> float:
    return min(float(text), LONGEST_WAIT) if text and re.fullmatch(
        r"[0-9]{1,9}", text) else usual


def _hint(code: int) -> str:
    return {401: f"is the token in ${TOKEN} right?", 403: "may this user set checks there?",
            404: "is it the number of a patch, as in /patch/ID/ or in the API?"}.get(
                code, "the server's log says more")
