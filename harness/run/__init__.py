# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine that executes ``pipeline.STAGES``."""
