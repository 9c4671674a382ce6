# SPDX-License-Identifier: GPL-2.0-or-later
"""Review mails: comments, the lines under which they stand, and what became of those."""

from harness.review.against import CommentStatus, status_of
from harness.review.parse import Comment, Review, answers, parse_review
from harness.review.show import document

__all__ = [
    "Comment", "CommentStatus", "Review", "answers", "document", "parse_review", "status_of"]
