# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m harness`` and the ``harness`` command."""

import sys

from harness.cli.main import run


def main() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
