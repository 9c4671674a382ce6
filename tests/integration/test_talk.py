# SPDX-License-Identifier: GPL-2.0-or-later
"""Children that are talked with: what they say, and how they go."""

import shutil
import socket
import sys
from pathlib import Path

import pytest

from harness.system import sandbox
from harness.system.talk import Talk

ECHO = ("import sys, os\nfor line in sys.stdin:\n    sys.stderr.write('x' * 100000 + 'last')\n"
        "    sys.stderr.flush()\n    print(os.environ['WORD'] + line, end='', flush=True)\n")


def talk(code, longest=1000):
    return Talk([sys.executable, "-c", code], longest, {"WORD": "w"})


def test_it_answers_line_by_line_whatever_it_says_on_standard_error():
    one = talk(ECHO)
    for word in (b"a", b"b"):
        one.say(word)
        assert one.hear(20.0) == b"w" + word + b"\n"
    assert one.hear(0.0) is None
    assert one.end().endswith(b"last")
    one.say(b"nobody is there")


@pytest.mark.parametrize("code", ["pass", "print('half', end='')", "print('x' * 5000)"])
def test_one_that_goes_or_says_too_much_is_heard_as_gone(code):
    one = talk(code)
    assert one.hear(20.0) == b""
    one.end()


def test_one_that_says_more_than_anybody_hears_can_be_ended():
    one = talk("while True:\n    print('x')\n")
    assert one.hear(20.0) == b"x\n"
    one.end()


@pytest.mark.skipif(bool(sandbox.why_unusable()), reason="bubblewrap does not work here")
def test_who_may_only_read_writes_nothing_and_meets_no_socket_of_others(tmp_path):
    assert str(tmp_path).startswith("/tmp")  # noqa: S108  (which is what is hidden)
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "file").write_text("here")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        code = ("import os, socket, sys\n"
                f"print(open({str(tmp_path / 'shown' / 'file')!r}).read())\n"
                "for path in ('/etc/x', '/var/x', sys.argv[1] + '/shown/x'):\n"
                "    try:\n        open(path, 'w')\n        print('wrote')\n"
                "    except OSError:\n        pass\n"
                "try:\n    socket.socket(socket.AF_UNIX).connect(sys.argv[1] + '/socket')\n"
                "    print('met')\nexcept OSError:\n    print('alone')\n")
        one = Talk(sandbox.reading_only(
            [shutil.which("python3") or sys.executable, "-c", code, str(tmp_path)],
            (tmp_path / "shown", Path(sys.prefix))), 1000, {})
        assert [one.hear(20.0) for _ in range(3)] == [b"here\n", b"alone\n", b""]
        one.end()
