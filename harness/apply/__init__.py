# SPDX-License-Identifier: GPL-2.0-or-later
"""Series + tree -> one commit per patch, or why not."""

from harness.apply.commits import apply_mended, apply_series, commit_content, touched

__all__ = ["apply_mended", "apply_series", "commit_content", "touched"]
