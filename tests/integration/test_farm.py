# SPDX-License-Identifier: GPL-2.0-or-later
"""A scheduler and workers of one machine, real jobs, and what kills leave of them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.unit.farm.mails import mail

pytest.importorskip("distributed")
SERIES = 8


@pytest.fixture
def farm(tmp_path):
    made = Farm(tmp_path)
    yield made
    made.end()


class Farm:
    """Starts and kills the processes of a farm."""

    def __init__(self, place):
        self.place, self.children = place, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.series = []
        for n in range(SERIES):
            path = place / f"{n}.eml"
            path.write_bytes(mail(f"[PATCH] toy: Number {n}", n, body=(
                "Because.\n\nSigned-off-by: A Dev <a@x.org>\n" if n % 2 else "Because.\n")))
            self.series.append(str(path))

    @property
    def address(self):
        return f"dask://127.0.0.1:{self.port}"

    def start(self, name, *argv, module="harness"):
        out = (self.place / f"{name}.out").open("wb")
        err = (self.place / f"{name}.err").open("ab")
        child = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, argv)], stdout=out, stderr=err,
            env=os.environ | {"XDG_CACHE_HOME": str(self.place / "cache"),
                              "XDG_STATE_HOME": str(self.place / "state")})
        out.close()
        err.close()
        self.children[name] = child
        return child

    def scheduler(self):
        return self.start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", self.port,
                          "--no-dashboard", module="dask")

    def worker(self, name):
        return self.start(name, "worker", self.address, "--home", self.place / name)

    def matrix(self, name, *more):
        return self.start(name, "matrix", *self.series, "--level", "lint", "--out",
                          self.place / name, *more)

    def said(self, name):
        return (self.place / f"{name}.err").read_text()

    def wait(self, name, word, count=1):
        """Until a process has said a word so often."""
        until = time.monotonic() + 90
        while self.said(name).count(word) < count:
            assert time.monotonic() < until, self.said(name)
            time.sleep(0.05)

    def kill(self, name):
        child = self.children.pop(name)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def verdicts(self, name):
        """What the matrix of this name says in the end."""
        assert self.children.pop(name).wait(200) == 1, self.said(name)
        return self.verdicts_after(name)

    def verdicts_after(self, name):
        """What it says when it is asked once more."""
        assert self.matrix(name, "--json").wait(100) == 1, "it says the same again"
        rows = json.loads((self.place / f"{name}.out").read_text())["jobs"]
        return {r["title"]: (r["state"], r["verdict"], r["errors"], r["tries"]) for r in rows}

    def end(self):
        for child in self.children.values():
            child.kill()
            child.wait()


def test_kills_lose_nothing_and_change_no_verdict(farm):
    farm.matrix("alone", "-w", "2")
    alone = farm.verdicts("alone")
    assert len(alone) == SERIES
    assert {row[1] for row in alone.values()} == {"pass", "fail"}
    farm.scheduler()
    for name in ("w1", "w2"):
        farm.worker(name)
    for name in ("w1", "w2"):
        farm.wait(name, "slots at")
    # the driver, in mid-job; the next one goes on
    farm.matrix("m", "--engine", farm.address)
    farm.wait("m", "toy: Number", 2)
    farm.kill("m")
    # the scheduler; its workers wait for another
    farm.matrix("m", "--engine", farm.address)
    farm.wait("m", "toy: Number", 3)
    farm.kill("scheduler")
    farm.wait("m", "it is asked again")
    farm.wait("w1", "waiting for it")
    farm.scheduler()
    farm.wait("m", "toy: Number", 5)
    farm.kill("w1")
    farm.worker("w3")
    assert {t: row[:3] for t, row in farm.verdicts("m").items()} == {
        t: row[:3] for t, row in alone.items()}
    told = re.findall(r"toy: Number (\d+)[^:]*: (?:pass|fail)", farm.said("m"))
    assert len(told) == len(set(told)), "no verdict was told twice"
    assert len(told) >= SERIES - 1, "one may be known to the file alone where its driver was killed"


def test_a_scheduler_that_is_not_there_is_waited_for(farm):
    farm.matrix("m", "--engine", farm.address)
    farm.wait("m", "it is asked again")
    farm.worker("w1")
    farm.wait("w1", "waiting for it")
    farm.scheduler()
    assert len(farm.verdicts("m")) == SERIES


def test_a_worker_of_another_version_gets_nothing_and_is_named(farm):
    farm.scheduler()
    old = subprocess.Popen([sys.executable, "-c", (
        "import harness; harness.__version__ = '0.0.1'\n"
        "from harness.__main__ import main\nimport sys\n"
        f"sys.argv = ['harness', 'worker', {farm.address!r}, '--home', "
        f"{str(farm.place / 'old')!r}]\nmain()")], stderr=subprocess.DEVNULL)
    farm.children["old"] = old
    farm.matrix("m", "--engine", farm.address)
    farm.wait("m", "(harness-0.0.1): gets nothing")
    farm.worker("w1")
    assert len(farm.verdicts("m")) == SERIES
    assert not (farm.place / "old" / "answers").exists()


def test_ctrl_c_waits_for_no_job_and_leaves_none(farm):
    child = farm.matrix("m")
    farm.wait("m", "toy: Number", 1)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    assert farm.children.pop("m").wait(60) == 130, farm.said("m")
    assert time.monotonic() - began < 15
    assert subprocess.run(["pgrep", "-f", f"{farm.place}/m/jobs"], check=False,
                          capture_output=True).stdout == b"", "nothing is left running"
    assert len(farm.verdicts_after("m")) == SERIES


def test_nothing_of_the_current_folder_is_run(farm, tmp_path, monkeypatch):
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "argparse.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "harness", "matrix", farm.series[1], "--level", "lint",
         "--out", str(tmp_path / "m")], cwd=evil, check=False, capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                          "XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_parts_of_other_machines_come_together(farm, tmp_path):
    parts = []
    for n in (1, 2):
        assert farm.matrix(f"p{n}", "--shard", f"{n}/2").wait(100) in {0, 1}, farm.said(f"p{n}")
        parts.append(tmp_path / f"p{n}")
    whole = farm.start("all", "merge", *parts, "--out", tmp_path / "all", "--json")
    assert whole.wait(60) == 1, farm.said("all")
    rows = json.loads((tmp_path / "all.out").read_text())["jobs"]
    assert {r["verdict"] for r in rows} == {"pass", "fail"}
    assert len(rows) == SERIES
    assert all((tmp_path / "all" / "jobs" / r["key"] / "run" / "report.json").is_file()
               for r in rows)
    half = farm.start("half", "merge", parts[0], "--out", tmp_path / "half")
    assert half.wait(60) in {1, 4}
    again = farm.start("again", "merge", *parts, "--out", parts[0])
    assert again.wait(60) == 2, "a matrix is not written over"
