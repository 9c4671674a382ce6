# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel patch test harness and linter: series in, evidence out."""

__version__ = "0.1.0"
