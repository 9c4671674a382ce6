# SPDX-License-Identifier: GPL-2.0-or-later
"""What starts processes, shuts them in, and talks to git."""
