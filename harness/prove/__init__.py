# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure the tests: wrong versions of a series, and random operations."""
