# SPDX-License-Identifier: GPL-2.0-or-later
"""One small renderer per format over one Report."""

from __future__ import annotations

from collections.abc import Callable

from harness.model import Report
from harness.report import github, html, json_, junit, kcidb, ktap, mail, sarif, terminal

Render = Callable[[Report], str]


def _of_clean(render: Render) -> Render:
    """The one edge: no renderer sees foreign text before it has been cleaned."""
    return lambda report: render(json_.cleaned(report))


RENDERERS: dict[str, Render] = {name: _of_clean(render) for name, render in (
    ("terminal", terminal.render), ("json", json_.render), ("mail", mail.render),
    ("junit", junit.render), ("sarif", sarif.render), ("kcidb", kcidb.render),
    ("ktap", ktap.render), ("github", github.render), ("html", html.render))}
