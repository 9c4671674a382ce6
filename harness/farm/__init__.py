# SPDX-License-Identifier: GPL-2.0-or-later
"""Many series: mails come in, each version of a series is checked once, verdicts go out."""
