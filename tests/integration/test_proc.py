# SPDX-License-Identifier: GPL-2.0-or-later
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import CommandFailedError, DeadlineError, ToolMissingError
from harness.system import proc


def test_output_is_kept_and_teed(tmp_path):
    log = tmp_path / "log"
    lines = []
    done = proc.run(["sh", "-c", "echo one; echo two >&2"], merge=True, log=log,
                    on_line=lines.append)
    assert done.stdout == b"one\ntwo\n"
    assert lines == ["one", "two"]
    assert log.read_text() == "$ sh -c 'echo one; echo two >&2'\none\ntwo\n"


def test_errors_have_a_class_and_one_line():
    with pytest.raises(CommandFailedError, match="sh ended with 3: bad"):
        proc.run(["sh", "-c", "echo bad >&2; exit 3"])
    with pytest.raises(DeadlineError, match="sleep: no end after 0 s"):
        proc.run(["sleep", "60"], timeout=0.3)
    with pytest.raises(ToolMissingError, match="no-such-tool is not installed"):
        proc.run(["no-such-tool"])


def test_memory_is_bounded():
    done = proc.run(["head", "-c", "3000000", "/dev/zero"], keep=1000)
    assert len(done.stdout) == 1000


def test_a_child_that_ignores_sigterm_and_its_children_are_ended():
    script = "trap '' TERM; sleep 1000 & echo $!; wait"
    started = time.monotonic()
    done = proc.run(["sh", "-c", script], ok=None, timeout=0.5)
    assert done.why
    assert time.monotonic() - started < 10
    child = int(done.text.split()[0])
    for _ in range(50):
        if not Path(f"/proc/{child}").exists():
            break
        time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_stop_when_is_asked():
    done = proc.run(["sleep", "60"], ok=None, stop_when=lambda: "enough")
    assert done.why == "enough"


def test_a_daemon_that_keeps_the_pipe_does_not_hold_us_up():
    started = time.monotonic()
    proc.run(["sh", "-c", "sleep 30 & echo hi"], timeout=20)
    assert time.monotonic() - started < 5


def test_feed_streams():
    done = proc.feed(["wc", "-c"], (b"x" * 65536 for _ in range(64)))
    assert done.text.strip() == str(64 * 65536)


def test_interrupt_leaves_nothing_running(tmp_path):
    """Ctrl-C on the real command line, in the middle of a child."""
    code = ("import sys; from harness.cli import main; from harness.run import pipeline\n"
            "from harness.system import proc\n"
            "from dataclasses import replace\n"
            "def stage(state):\n    proc.run(['sleep', '987'], timeout=60)\n    return state\n"
            "pipeline.STAGES = (pipeline.Stage('intake', stage),)\n"
            f"sys.exit(main.run(['check', '--cache', {str(tmp_path)!r}]))")
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    for _ in range(100):
        if b"987" in b"".join(p.read_bytes() for p in cmdlines(child.pid)):
            break
        time.sleep(0.1)
    child.send_signal(2)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 130
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"sleep\x00987" in read(p)]
    assert list((tmp_path / "work").iterdir()) == []


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def cmdlines(parent):
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = read(path).rsplit(b")", 1)[-1].split()
        if len(fields) > 1 and int(fields[1]) == parent:
            yield path.parent / "cmdline"
