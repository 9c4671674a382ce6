# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of many series: static files, no script, any web server; an Atom feed and JSON.

Each file is there whole or not at all, and is written only where it says something else.
"""

from __future__ import annotations

import hashlib
import json
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import __version__
from harness.clean import clean, one_line
from harness.model import Finding, Report, Severity
from harness.report import html

_ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 50  # verdicts in the feed
_LISTED = 100  # findings of one kind on a page


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a series: what is known of it. ``changed``: findings (word, texts)."""

    version: int
    total: int
    title: str
    sender: str
    message_id: str
    when: str
    state: str
    words: str = ""
    verdict: str = ""
    errors: int = 0
    warnings: int = 0
    tree: str = ""
    report: str = ""
    ended: float = 0.0
    changed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """All versions of a series, the newest first; ``page`` is its own."""

    name: str
    versions: tuple[Version, ...]

    @property
    def page(self) -> str:
        """Its page, seen from the first one."""
        return f"series/{self.name}.html"


def stamp(seconds: float) -> str:
    """A time as the pages show it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds)) if seconds > 0 else ""
    except (OverflowError, ValueError, OSError):
        return ""


def changed(old: Report | None, new: Report) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a version says that the one before did not, what is gone, what stayed."""
    before = {f.id: f for f in old.findings} if old else {}
    after = {f.id: f for f in new.findings}
    rows = (("new" if old else "found", [f for i, f in after.items() if i not in before]),
            ("gone", [f for i, f in before.items() if i not in after]),
            ("as before", [f for i, f in after.items() if i in before]))
    return tuple((word, _texts(found)) for word, found in rows if found)


def _texts(found: Iterable[Finding]) -> tuple[str, ...]:
    told = [f"{f.severity.value}: {one_line(f.text, 240)}" for f in found
            if f.severity is not Severity.NOTE]
    return (*told[:_LISTED], *([f"and {len(told) - _LISTED} more"] if len(told) > _LISTED else []))


def write(place: Path, works: Sequence[Work], title: str, now: float, engine: str = "") -> int:
    """Write the pages; returns how many files are new or say something else.

    ``engine``: who does the jobs, in a few words.
    """
    pages = html.environment()
    count = _put(place / "index.html", pages.get_template("list.html").render(
        title=clean(title), works=works, up="", written=stamp(now), version=__version__,
        engine=clean(engine),
        counts=sorted(Counter(w.versions[0].verdict or w.versions[0].state
                              for w in works).items())))
    for work in works:
        text = pages.get_template("work.html").render(
            title=clean(work.versions[0].title), work=work, up="../", version=__version__)
        count += _put(place / work.page, text)
    there = {place / w.page for w in works}
    for page in (place / "series").glob("*.html"):  # of what goes by another name now
        if page not in there:
            page.unlink()
            count += 1
    rows = [{"page": w.page, "versions": [asdict(v) for v in w.versions]} for w in works]
    count += _put(place / "index.json", json.dumps(
        {"document": "series", "schema_version": 1, "title": title, "series": rows},
        ensure_ascii=False, indent=1) + "\n")
    return count + _put(place / "feed.atom", _feed(works, title, now))


def write_trees(place: Path, trees: Sequence[object], title: str,
                heads: Sequence[tuple[str, str, str, str]] = ()) -> int:
    """Write the page of the trees' health (``farm.health.Health``).

    ``heads``: of each tree the newest commit, whether it is good, and what is said of that.
    """
    return _put(place / "trees.html", html.environment().get_template("trees.html").render(
        title=clean(f"{title}: trees"), trees=trees, up="", stamp=stamp, version=__version__,
        heads=[tuple(map(clean, row)) for row in heads]))


def write_report(place: Path, name: str, report: Report) -> str:
    """Write the page of one report; returns its name, seen from the first page."""
    _put(place / "report" / f"{name}.html", html.render(report))
    return f"report/{name}.html"


def _feed(works: Sequence[Work], title: str, now: float) -> str:
    """The newest verdicts (RFC 4287)."""
    feed = ET.Element("feed", xmlns=_ATOM)
    rows = sorted(((v, w) for w in works for v in w.versions if v.ended),
                  key=lambda row: -row[0].ended)[:NEWEST]
    ET.SubElement(feed, "title").text = clean(title)
    name = hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:16]
    ET.SubElement(feed, "id").text = f"urn:harness:list:{name}"
    ET.SubElement(feed, "updated").text = _rfc3339(rows[0][0].ended if rows else now)
    ET.SubElement(ET.SubElement(feed, "author"), "name").text = f"harness {__version__}"
    ET.SubElement(feed, "link", rel="alternate", href="index.html")
    for version, work in rows:
        entry = ET.SubElement(feed, "entry")
        ET.SubElement(entry, "title").text = (
            f"{version.verdict}: {clean(version.title)}"
            + (f" (v{version.version})" if version.version > 1 else ""))
        ET.SubElement(entry, "id").text = f"urn:harness:{version.key or work.name}"
        ET.SubElement(entry, "updated").text = _rfc3339(version.ended)
        ET.SubElement(entry, "link", rel="alternate", href=work.page)
        ET.SubElement(entry, "summary").text = version.words or version.verdict
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, "unicode") + "\n"


def _rfc3339(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _put(path: Path, text: str) -> int:
    """Write a file where its content is another one; whoever reads it sees all of it."""
    data = text.encode("utf-8", "replace")
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return 0
    except OSError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)
    return 1
