# SPDX-License-Identifier: GPL-2.0-or-later
"""Series that attack whoever builds them, on the toy kernel with real make."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.apply import commit_content
from harness.build import kbuild, kernel
from harness.errors import CommandFailedError, DeadlineError
from harness.model import Applied, Kconfig
from tests.integration.test_build import CONFIG
from tests.integration.test_mails import hashed

FAKE = Path(__file__).parent.parent / "fakelinux"


def below(top):
    """A process and all its descendants: nobody else's make may be hit."""
    rows = subprocess.run(["ps", "ax", "-o", "pid=,ppid="], capture_output=True, text=True,
                          check=True).stdout.split()
    parents = dict(zip(map(int, rows[::2]), map(int, rows[1::2]), strict=True))
    found = {top}
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def running(word):
    """The processes with that word in their command line."""
    rows = subprocess.run(["ps", "ax", "-o", "pid,args"], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    return [int(r.split()[0]) for r in rows if word in r and "ps ax" not in r and "grep" not in r]


@pytest.fixture
def attack(fake, box, tmp_path):
    """Builds the toy kernel with ``lines`` in its vmlinux rule; returns what make printed."""
    maker = kbuild.Builder(tmp_path / "cache", box, 2, 30, lambda _: None, tmp_path / "log")
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    bird = tmp_path / "canary" / "bird"
    bird.parent.mkdir()
    bird.write_text("sings")
    before = hashed(bird.parent)

    def go(lines="", top="", timeout=30.0):
        text = (FAKE / "Makefile").read_text()
        rule = "vmlinux: $(addprefix $(O)/,$(objs))\n"
        text = top + text.replace(rule, rule + "".join(f"\t{t}\n" for t in lines.splitlines()))
        commit = commit_content(fake, fake.commit, {"Makefile": text.encode()}, "attack")
        applied = Applied(fake, fake.commit, (commit,))
        try:
            kernel.patched(replace(maker, timeout=timeout), applied, start, CONFIG,
                          tmp_path / "cache" / "work")
        finally:
            assert hashed(bird.parent) == before
        return maker.log.read_text("utf-8", "replace")
    return go, bird


def test_the_shell_of_a_makefile_reaches_nothing(attack):
    go, bird = attack
    log = go(top=f"X := $(shell touch {bird}.new; echo x > {bird}; touch /usr/evil; ls /root "
                 "/home /etc/shadow 2>&1; cat /etc/shadow; echo net=$$(cat /proc/net/dev | tail -n "
                 "+3 | cut -d: -f1 | tr -d ' '))\n$(info SAW $(X))\n$(info ENV $(shell env))\n")
    saw = next(t for t in log.splitlines() if t.startswith("SAW"))
    assert "net=lo" in saw
    assert "root:" not in saw
    env = next(t for t in log.splitlines() if t.startswith("ENV"))
    assert "TOKEN" not in env
    assert os.environ.get("USER", "nobody-at-all") not in env.replace("KBUILD", "")
    assert not Path("/usr/evil").exists()


def test_a_program_of_the_build_that_daemonises_is_gone_with_it(attack):
    go, _ = attack
    log = go("@setsid sh -c '(sleep 98761 &) ; sleep 98761' > /dev/null 2>&1 < /dev/null &\n"
             "@sleep 0.3; ps ax -o args | grep -c '[s]leep 98761'")
    assert any(t.isdigit() and int(t) >= 2 for t in log.splitlines()), "they ran, both"
    assert not running("sleep 98761")


def test_a_file_without_end_is_cut_by_the_limit(attack):
    go, _ = attack
    with pytest.raises(CommandFailedError):
        go("@truncate -s 5G /tmp/big")


def test_memory_without_end_is_refused(attack):
    go, _ = attack
    with pytest.raises(CommandFailedError):
        go("@perl -e '$$x = \"x\" x 10_000_000_000; print length $$x'")


def test_a_build_that_takes_no_hint_ends_at_its_deadline(attack):
    go, _ = attack
    started = time.monotonic()
    with pytest.raises(DeadlineError, match="no end after 2 s"):
        go("@trap '' TERM INT HUP; while :; do sleep 1; done", timeout=2.0)
    assert time.monotonic() - started < 2 + 5 + 5


def test_a_log_without_end_is_bounded_and_its_error_found(attack, tmp_path):
    go, _ = attack
    with pytest.raises(CommandFailedError) as error:
        go("@head -c 90000000 /dev/zero | tr '\\0' 'x'\n@echo; false")
    assert (tmp_path / "log").stat().st_size < 80 << 20
    assert len(error.value.message) < 20 << 20


def test_checkpatch_is_the_bases_and_not_the_seriess(tmp_path, mail, capsys, monkeypatch):
    """A series that replaces scripts/checkpatch.pl does not get it run."""
    from harness.cli import main

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    tree = tmp_path / "tree"
    (tree / "scripts").mkdir(parents=True)
    (tree / "Makefile").write_text("VERSION = 6\n")
    (tree / "scripts" / "checkpatch.pl").write_text("print \"-:1: WARNING:OURS: the base's\\n\";\n")
    path = mail("diff --git a/scripts/checkpatch.pl b/scripts/checkpatch.pl\n"
                "--- a/scripts/checkpatch.pl\n+++ b/scripts/checkpatch.pl\n@@ -1 +1 @@\n"
                "-print \"-:1: WARNING:OURS: the base's\\n\";\n"
                "+print \"-:1: WARNING:EVIL: the series's\\n\";\n")
    assert main.run(["lint", str(path), "--tree", str(tree)]) == 0
    said = capsys.readouterr().out
    assert "checkpatch-ours" in said
    assert "evil" not in said


@pytest.mark.parametrize("victim", ["tool", "make"])
def test_nothing_is_left_after_kill_9(victim, fake, mail, tmp_path):
    """The tool or make is killed in the middle; the next run is fine."""
    from tests.integration.conftest import CODE

    slow = (FAKE / "Makefile").read_text().replace(
        "vmlinux: $(addprefix", "slow:\n\t@sleep 98762\nvmlinux: slow "
        "$(addprefix")
    (tmp_path / "fake" / "Makefile").write_text(slow)
    data = tmp_path / "data"
    data.mkdir()
    (data / "tiny.config").write_text("CONFIG_TOY=y\n")
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "xdg")}
    script = ("import sys, pathlib; from harness.build import kconfig; "
              "from harness.cli import main; "
              f"kconfig.DATA = pathlib.Path({str(data)!r}); sys.exit(main.run(sys.argv[1:]))")
    argv = [sys.executable, "-c", script, "build", str(mail(CODE)), "--tree",
            str(tmp_path / "fake"), "-q"]

    with subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as child:
        until = time.monotonic() + 30
        while not running("sleep 98762") and time.monotonic() < until:
            time.sleep(0.1)
        assert running("sleep 98762")
        target = [child.pid] if victim == "tool" else [
            pid for pid in running("make -C /src") if pid in below(child.pid)]
        assert target
        for pid in target:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 2
        while running("sleep 98762") and time.monotonic() < until:
            time.sleep(0.1)
        left = running("sleep 98762")
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left
        assert child.wait(20) in {5, -9}
    (tmp_path / "fake" / "Makefile").write_text((FAKE / "Makefile").read_text())
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "xdg" / "harness" / "work").iterdir())


def test_kconfig_asks_nothing_of_the_host(fake, box, tmp_path):
    """What olddefconfig runs is in the sandbox as well."""
    bird = tmp_path / "bird"
    text = (FAKE / "Makefile").read_text().replace(
        "olddefconfig:\n", f"olddefconfig:\n\t@touch {bird} /usr/evil; true\n")
    commit = commit_content(fake, fake.commit, {"Makefile": text.encode()}, "attack")
    maker = kbuild.Builder(tmp_path / "cache", box, 2, 30, lambda _: None, tmp_path / "log")
    kernel.base(maker, fake, commit, Kconfig(("CONFIG_TOY=y\n",)))
    assert not bird.exists()
    assert not Path("/usr/evil").exists()
