# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots kernels, runs programs in them, reads their results."""
