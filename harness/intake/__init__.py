# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails, mboxes and directories of patches in; a ``Series`` out."""

from harness.intake.series import ReadOptions, Thread, read_parts, read_series, read_thread
from harness.intake.topic import Port, Topic, find_topic

__all__ = [
    "Port",
    "ReadOptions",
    "Thread",
    "Topic",
    "find_topic",
    "read_parts",
    "read_series",
    "read_thread",
]
