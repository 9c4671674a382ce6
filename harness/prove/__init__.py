# SPDX-License-Identifier: GPL-2.0-or-later
"""How good the tests are: wrong versions of a series, and random operations."""
