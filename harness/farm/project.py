# SPDX-License-Identifier: GPL-2.0-or-later
"""A Patchwork project as a source of mails: its REST API, polled.

What the server says is hostile: sizes are bounded, and nothing is fetched from another server.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from harness import __version__
from harness.clean import one_line
from harness.errors import InfrastructureError, UsageError
from harness.farm.batch import Batch
from harness.farm.patchwork import SECONDS
from harness.intake.mime import MAX_MAIL

_KINDS = ("patches", "covers")
_PAGE, _MOST_PAGES = 100, 50
_MOST_JSON = 16 << 20  # bytes of one page
_URL = re.compile(r"(https?://[^/\s]+(?:/[^\s]*?)?)/project/([\w.+-]+)(?:/.*)?$")


@dataclass(frozen=True, slots=True)
class Project:
    """``base`` is the server's address, ``name`` the project's link name."""

    base: str
    name: str

    def __str__(self) -> str:
        """As a browser shows it."""
        return f"{self.base}/project/{self.name}"


def read(where: Project, cursor: Any, since: float, most: int) -> Batch:
    """What has come since ``cursor``, or since a time; the oldest first, so many at most.

    Raises ``InfrastructureError`` when the server does not answer, or says what it cannot say.
    """
    known: dict[str, Any] = dict(cursor or {})
    mails: list[tuple[str, bytes]] = []
    more = False
    for kind in _KINDS:
        rows, tag = _rows(where, kind, known, since)
        for number, address in rows[:most]:
            data = _get(where, address, MAX_MAIL + 1)[0]
            mails.append((f"{where}/{kind}/{number}", data))
        if rows:
            known[kind] = rows[:most][-1][0]
        if len(rows) > most:
            more = True  # the page is asked again, whatever its tag is
        else:
            known[f"{kind} tag"] = tag
    return Batch(tuple(mails), known, more=more)


def _rows(where: Project, kind: str, known: dict[str, Any], since: float,
          ) -> tuple[list[tuple[int, str]], str]:
    """The numbers and mboxes of what is new, oldest first; and the first page's tag."""
    last = int(known.get(kind, 0))
    found: dict[int, str] = {}
    first = ""
    for page in range(1, _MOST_PAGES + 1):
        words = {"project": where.name, "order": "-id", "per_page": _PAGE, "page": page}
        if not last and since:
            words["since"] = dt.datetime.fromtimestamp(since, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        data, tag = _get(where, f"{where.base}/api/1.2/{kind}/?{urlencode(words)}", _MOST_JSON,
                         known.get(f"{kind} tag", "") if page == 1 else "")
        if page == 1:
            first = tag
        if not data:  # as it was when it was asked last
            return [], first
        rows = _listed(where, data)
        found |= {n: a for n, a in rows if n > last}
        if len(rows) < _PAGE or any(n <= last for n, _ in rows):
            break
    return sorted(found.items()), first


def _listed(where: Project, data: bytes) -> list[tuple[int, str]]:
    try:
        return [(int(row["id"]), str(row["mbox"])) for row in json.loads(data)]
    except (ValueError, KeyError, TypeError) as error:
        raise InfrastructureError(f"{where}: no list of patches: {type(error).__name__}",
                                  hint="is that a Patchwork server of 2.2 or later?") from None


class _Same(urllib.request.HTTPRedirectHandler):
    """Follow a redirect on the same server alone."""

    def redirect_request(self, req: urllib.request.Request, *rest: Any) -> Any:
        """``rest`` ends with the new address."""
        if urlsplit(rest[-1])[:2] != urlsplit(req.full_url)[:2]:
            return None
        return super().redirect_request(req, *rest)


def _get(where: Project, address: str, most: int, tag: str = "") -> tuple[bytes, str]:
    """Content and tag; b"" where it is still what ``tag`` stands for."""
    if urlsplit(address)[:2] != urlsplit(where.base)[:2]:
        raise InfrastructureError(f"{where}: it names another server: {one_line(address, 100)}")
    headers = {"User-Agent": f"kernel-patch-harness/{__version__}"}
    if tag:
        headers["If-None-Match"] = tag
    request = urllib.request.Request(quote(address, safe="%/:?=&+,;~@!$'()*#[]"),  # noqa: S310
                                     headers=headers)
    try:
        with urllib.request.build_opener(_Same).open(request, timeout=SECONDS) as answer:
            data = answer.read(most + 1)
            if len(data) > most:
                raise InfrastructureError(f"{where}: an answer of more than {most} bytes")
            return data, one_line(answer.headers.get("ETag", ""), 200)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.client.NOT_MODIFIED:
                return b"", tag
            raise InfrastructureError(f"{where}: {error.code} {one_line(str(error.reason), 100)}",
                                      hint="is it the name of a project there?") from None
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError,
            http.client.HTTPException) as error:
        raise InfrastructureError(
            f"{where}: {one_line(str(getattr(error, 'reason', error)), 200)}") from None


def checked(text: str) -> Project:
    """The project that an address means; raises ``UsageError``."""
    match = _URL.fullmatch(text)
    if match is None:
        raise UsageError(f"{one_line(text)}: no Patchwork project",
                         hint="https://patchwork.kernel.org/project/kvm/")
    return Project(match.group(1), match.group(2))
