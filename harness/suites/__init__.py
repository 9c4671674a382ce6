# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests that a kernel tree brings, and which of them belong to a change."""
