# SPDX-License-Identifier: GPL-2.0-or-later
"""Review mails: comments, the lines under which they stand, and what became of those."""

from harness.review.against import Fate, fate
from harness.review.apart import Comment, Review, take_apart
from harness.review.show import document, lines

__all__ = ["Comment", "Fate", "Review", "document", "fate", "lines", "take_apart"]
