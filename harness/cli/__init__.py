# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, a file for each family of sub-commands."""
