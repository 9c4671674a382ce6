# SPDX-License-Identifier: GPL-2.0-or-later
"""One small renderer per format over one Report, and documents for all other answers.

A format is a row of ``FORMATS``: its name, and the module of this folder whose ``render`` makes
its text. What ``harness report --format`` offers are these names. Modules are loaded when they
are asked for: the command line starts without jinja2 and rich.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from harness.model import Report

Render = Callable[[Report], str]

FORMATS: dict[str, str] = {
    "terminal": "terminal", "json": "json_", "mail": "mail", "junit": "junit", "sarif": "sarif",
    "kcidb": "kcidb", "ktap": "ktap", "github": "github", "html": "html"}
# Which lines tests have executed, for tools that count them; all else is a comment there.
EXPORTS: dict[str, str] = {"lcov": "lcov", "cobertura": "cobertura"}

# Other tools that ``--as`` answers like, each with the exit codes that must not be taken for a
# word about the patch: wrong use, our own trouble, and a bug of ours. git bisect would take 70 for
# "bad", so that ends the bisection (128 and above do).
BUG = 70  # in every other mode (sysexits.h: EX_SOFTWARE)
TOOLS: dict[str, dict[int, int]] = {
    "b4": {}, "nipa": {2: 250, 5: 250, BUG: 250}, "bisect": {2: 128, 5: 125, BUG: 128}}


def render(name: str, report: Report) -> str:
    """The report in a format of ``FORMATS`` or ``EXPORTS``.

    No renderer sees text that has not been cleaned.
    """
    from harness.report import load  # noqa: PLC0415

    make: Render = importlib.import_module(f"harness.report.{(FORMATS | EXPORTS)[name]}").render
    return make(load.cleaned(report))
