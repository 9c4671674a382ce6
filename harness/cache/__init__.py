# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything below the cache directory."""
