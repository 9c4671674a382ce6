# SPDX-License-Identifier: GPL-2.0-or-later
import os

from harness import proc, sandbox


def sh(box, script, **binds):
    return proc.run(box.wrap(["sh", "-c", script], **binds), ok=None, timeout=20)


def test_nothing_outside_is_written_or_read(box, tmp_path):
    (tmp_path / "ro").mkdir()
    (tmp_path / "rw").mkdir()
    script = ("touch /src/x; touch /usr/x; touch /out/ok; cat /etc/shadow; ls /root; "
              "ls /sys/class/net; echo $SECRET; id -u >/dev/null")
    os.environ["SECRET"] = "hush"
    done = sh(box, script, ro={tmp_path / "ro": "/src"}, rw={tmp_path / "rw": "/out"})
    assert list((tmp_path / "ro").iterdir()) == []
    assert [p.name for p in (tmp_path / "rw").iterdir()] == ["ok"]
    assert done.stdout.strip() == b""
    assert done.stderr.count(b"Read-only file system") == 2


def test_there_is_no_network(box):
    done = proc.run(box.wrap(["cat", "/proc/net/dev"]), timeout=20)
    names = [line.split(":")[0].strip() for line in done.text.splitlines()[2:]]
    assert names == ["lo"]


def test_a_daemon_does_not_survive(box):
    proc.run(box.wrap(["sh", "-c", "setsid sleep 876 >/dev/null 2>&1 & sleep 0.2"]), timeout=20)
    done = proc.run(["pgrep", "-f", "sleep 876"], ok=None)
    assert done.stdout == b""


def test_a_file_cannot_grow_without_end(box, tmp_path):
    done = proc.run(box.wrap(["dd", "if=/dev/zero", "of=/out/big", "bs=1M", "count=64"],
                             rw={tmp_path: "/out"}, file_size=1 << 20), ok=None, timeout=20)
    assert done.returncode != 0
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_without_a_sandbox_the_environment_is_still_clean():
    bare = sandbox.Sandbox(enabled=False)
    os.environ["SECRET"] = "hush"
    assert b"hush" not in proc.run(bare.wrap(["env"])).stdout
