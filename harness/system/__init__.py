# SPDX-License-Identifier: GPL-2.0-or-later
"""Start processes, confine them, and talk to git."""
