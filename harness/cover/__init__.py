# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that compiles what a series changes."""
