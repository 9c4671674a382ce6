# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies below the cache directory."""
