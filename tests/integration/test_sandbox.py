# SPDX-License-Identifier: GPL-2.0-or-later
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import InfrastructureError, InputRefusedError
from harness.system import proc, sandbox


def sh(box, script, **binds):
    return box.run(["sh", "-c", script], **binds, ok=None, timeout=20)


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
    done = box.run(["dd", "if=/dev/zero", "of=/out/big", "bs=1M", "count=64"],
                   rw={tmp_path: "/out"}, inside={"file_size": 1 << 20}, ok=None, timeout=20)
    assert done.returncode != 0
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_without_a_sandbox_the_environment_is_still_clean():
    bare = sandbox.Sandbox(enabled=False)
    os.environ["SECRET"] = "hush"
    assert b"hush" not in proc.run(bare.wrap(["env"])).stdout


def test_root_works_as_nobody_in_there(box, tmp_path):
    done = sh(box, "id -u; touch /out/x; grep -E 'CapEff|NoNewPrivs' /proc/self/status",
              rw={tmp_path: "/out"})
    uid = sandbox.NOBODY if os.geteuid() == 0 else os.geteuid()
    assert done.text.split() == [str(uid), "CapEff:", "0" * 16, "NoNewPrivs:", "1"]
    assert (tmp_path / "x").stat().st_uid == uid


def test_a_folder_that_only_root_may_enter_serves(box, tmp_path):
    folder = tmp_path / "closed" / "deep"
    folder.mkdir(parents=True)
    (folder / "x").write_text("read")
    (tmp_path / "closed").chmod(0o700)
    folder.chmod(0o700)
    assert sh(box, "cat /data/deep/x", ro={folder: "/data/deep"}).text == "read"


def test_no_namespace_below_ours(box):
    assert sh(box, "unshare -U true").returncode != 0


def test_processes_are_counted_by_sandbox_and_not_by_user(box):
    """Two at once, each with nearly all that one may have."""
    script = "for i in $(seq 300); do sleep 2 & done; wait"
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda _: sh(box, script).returncode, range(2)))
    assert ends == [0, 0]


def test_forking_without_end_meets_the_limit(box):
    """A fork bomb ends at the limit of one sandbox."""
    done = sh(box, "for i in $(seq 600); do sleep 3 & done; wait")
    assert done.returncode != 0
    assert b"fork" in done.stderr


@pytest.mark.parametrize("trick", [
    "ln -s /etc/passwd image", "mkfifo image", "mkdir image", "true",
    "ln -s / up"])
def test_what_is_no_plain_file_is_not_read(box, tmp_path, trick):
    sh(box, f"cd /out; {trick}", rw={tmp_path: "/out"})
    with pytest.raises(InputRefusedError, match="the build"):
        sandbox.plain(tmp_path, "up/etc/passwd" if " up" in trick else "image")


def test_a_sandbox_that_does_not_start_is_no_result(box):
    with pytest.raises(InfrastructureError, match="did not start"):
        proc.run(box.wrap(["true"], chdir="/nowhere"), ok=None)
