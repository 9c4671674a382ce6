# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest for people: a shell, a debugger, the exact line."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.settings import ROOT
from tests.vm.conftest import harness


def start(cache, *argv):
    return subprocess.Popen([sys.executable, "-m", "harness", "run", "--cache", str(cache), *argv],
                            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def test_a_shell_has_busybox_and_the_programs(kernel, cache, tmp_path):
    path = shutil.which("busybox")
    if not path or b"ld-linux" in Path(path).read_bytes()[:4096]:
        pytest.skip("no static busybox: apt-get install busybox-static")
    with start(cache, "--kernel", str(kernel), "--shell", "--out", str(tmp_path)) as child:
        time.sleep(1)
        child.stdin.write("echo $((6 * 7)); ls /tests; cat /proc/cmdline; exit\n")
        child.stdin.flush()
        said = child.stdout.read()
        assert child.wait(30) == 0
    assert "42" in said
    assert "capability" in said
    assert "maxcpus=1" in said


def packet(text):
    return f"${text}#{sum(text.encode()) % 256:02x}".encode()


def test_a_debugger_is_waited_for(kernel, cache, tmp_path):
    with start(cache, "--kernel", str(kernel), "--gdb", "--out", str(tmp_path)) as child:
        place = tmp_path / "guest" / "boot1"
        until = time.monotonic() + 60
        while not (place / "gdb").exists() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
        assert not (place / "results").stat().st_size, "nothing runs before it comes"
        handle = os.open(place, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(f"/proc/self/fd/{handle}/gdb")  # a long path is no address
            peer.sendall(packet("?"))
            answer = b""
            while b"#" not in answer:
                answer += peer.recv(100)
            assert answer.startswith(b"+$T05"), "it is stopped at its first instruction"
            peer.sendall(b"+" + packet("c"))
            assert child.wait(60) == 0
        os.close(handle)
        assert "target remote" in child.stdout.read()


def test_the_exact_line_can_be_run(kernel, cache, tmp_path):
    got = harness("run", "--kernel", str(kernel), "--dry-run", "--out", str(tmp_path), cache=cache)
    assert got.returncode == 0, got.stderr
    subprocess.run(["sh", "-c", got.stdout], timeout=60, check=True, capture_output=True)
    results = tmp_path / "guest" / "boot1" / "results"
    assert " - @bye" in results.read_text()


def test_the_lines_of_a_check_are_those_that_it_runs(check, cache, tmp_path):
    done = (check("v3").out / "log").read_text()
    got = harness("check", "patches/coalesced-pio/v3", "--dry-run", "--out", str(tmp_path),
                  cache=cache)
    assert got.returncode == 0, got.stderr
    makes = [line for line in got.stdout.splitlines() if " make -C /src " in line]
    assert [line.rpartition(" ")[2] for line in makes] == [
        "tinyconfig", "olddefconfig", "vmlinux", "vmlinux"]
    inside = makes[-1].partition(" -- make ")[2]
    assert f" -- make {inside}" in done or any(
        s["cached"] for s in check("v3").report["stages"])
    assert got.stdout.count("qemu-system-x86_64") == 2
