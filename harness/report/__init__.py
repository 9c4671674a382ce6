# SPDX-License-Identifier: GPL-2.0-or-later
"""One small renderer per format over one Report."""

from __future__ import annotations

from collections.abc import Callable

from harness.model import Report
from harness.report import json_, terminal

RENDERERS: tuple[tuple[str, Callable[[Report], str]], ...] = (
    ("json", json_.render),
    ("terminal", terminal.render),
)
