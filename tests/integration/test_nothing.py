# SPDX-License-Identifier: GPL-2.0-or-later
"""The program that does nothing, run."""

import subprocess

from harness.guest.nothing import NOTHING


def test_it_ends_well_and_says_nothing(tmp_path):
    path = tmp_path / "nothing"
    path.write_bytes(NOTHING.content)
    path.chmod(0o755)
    done = subprocess.run([path], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
