# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails, mboxes and directories of patches in; a ``Series`` out."""

from harness.intake.read import read_series
from harness.intake.topic import Port, Topic, find_topic

__all__ = ["Port", "Topic", "find_topic", "read_series"]
