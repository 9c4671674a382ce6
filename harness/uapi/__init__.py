# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers before and after -> what breaks for userspace, with evidence."""

from harness.uapi.check import check_headers
from harness.uapi.series import check_series, export_headers

__all__ = ["check_headers", "check_series", "export_headers"]
