# SPDX-License-Identifier: GPL-2.0-or-later
"""A profile's benchmark on both kernels, run by run, and what may be said of the difference."""
