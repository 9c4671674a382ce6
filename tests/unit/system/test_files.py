# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of others, and files for others."""

import os

import pytest

from harness.system import files


def test_a_plain_file_is_read_up_to_a_byte_more_than_is_allowed(tmp_path):
    (tmp_path / "f").write_bytes(b"12345")
    assert files.read(tmp_path / "f", 9) == b"12345"
    assert files.read(tmp_path / "f", 3) == b"1234"


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "f").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "f")
    with pytest.raises(OSError, match="symbolic links"):
        files.read(tmp_path / "link", 9)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no plain file"):
        files.read(tmp_path / "pipe", 9)


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_else(tmp_path):
    (tmp_path / "f").write_text("old")
    files.write(tmp_path / "f", "new\n")
    assert (tmp_path / "f").read_text() == "new\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


def test_what_cannot_be_replaced_stays(tmp_path):
    (tmp_path / "f").write_text("old")
    (tmp_path / ".f.new").mkdir()
    with pytest.raises(IsADirectoryError):
        files.write(tmp_path / "f", "new")
    assert (tmp_path / "f").read_text() == "old"
