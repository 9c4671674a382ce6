# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels, from a commit and a configuration."""
