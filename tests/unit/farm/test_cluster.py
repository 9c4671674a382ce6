# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver's side of a cluster, with a bridge that says what it is told to."""

import json
from dataclasses import asdict

import pytest

from harness.errors import InfrastructureError, UsageError
from harness.farm import cluster, jobs, wire
from harness.farm.jobs import Result, Spec

SPEC = Spec("5e", "lint")
DONE = Result(0, "pass", "fine")


MADE, CLOCK = [], [0.0]


class Bridge:
    """Says the lines of ``says``; ``heard`` has what it was told. Waiting takes its time."""

    def __init__(self, argv, longest, env):
        self.argv, self.env, self.heard, self.ended = argv, env, [], False
        self.says = []
        MADE.append(self)

    def say(self, line):
        self.heard.append(json.loads(line))

    def hear(self, seconds):
        if self.says:
            return self.says.pop(0)
        CLOCK[0] += max(seconds, 0.0)
        return None

    def end(self):
        self.ended = True
        return b"Traceback\nOSError: nobody there\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A cluster, the folder of its jobs, what it said, and a clock."""
    MADE.clear()
    said, clock = [], CLOCK
    clock[0] = 0.0
    monkeypatch.setattr(cluster, "Talk", Bridge)
    monkeypatch.setattr(cluster.sandbox, "get", lambda *, enabled: None)
    monkeypatch.setattr(cluster.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(cluster.time, "sleep", lambda _: None)
    (tmp_path / "key" / jobs.PATCHES).mkdir(parents=True)
    (tmp_path / "key" / jobs.PATCHES / "0000.eml").write_bytes(b"mail")
    one = cluster.Cluster(cluster.Address("tcp://h:1"), lambda key: tmp_path / key, said.append)
    assert one.free == 0
    return one, MADE[0], said, clock


def slots(n, *strangers):
    return json.dumps({"slots": n, "have": [["build", "guest", cluster.worker.VERSION]] * bool(n),
                       "strangers": list(strangers)}).encode()


def hears(one, bridge, clock, *lines):
    bridge.says += lines
    clock[0] += 1.0
    return one.done(0.0) if not lines else one.done(0.5)


def test_a_job_goes_and_its_answer_comes(made):
    one, bridge, said, clock = made
    assert hears(one, bridge, clock, slots(2, "w (harness-0)")) == []
    assert one.free == 4
    one.begin("key", SPEC)
    (told,) = bridge.heard
    assert wire.read_job(told["job"]) == (SPEC, (b"mail",))
    assert list(one.working) == ["key"]
    line = json.dumps({"done": "key", "answer": wire.answer(DONE)}).encode()
    assert hears(one, bridge, clock, line, line) == [("key", DONE)]
    assert list(one.working) == []
    assert said == ["worker w (harness-0): gets nothing, this is " + cluster.worker.VERSION]
    assert "bwrap" in bridge.argv
    assert "-P" in bridge.argv


@pytest.mark.parametrize("answer", [
    "garbage", "[" * 100_000, json.dumps({"result": asdict(DONE) | {"code": 2**70}, "files": {}}),
    json.dumps({"result": asdict(DONE), "files": dict.fromkeys(("a", "a/b"), wire._packed(b""))}),
    json.dumps({"result": asdict(DONE) | {"stopped": True, "verdict": "interrupted", "code": 130},
                "files": {}})])
def test_what_a_worker_cannot_say_is_its_trouble_alone(made, answer):
    one, bridge, said, clock = made
    hears(one, bridge, clock, slots(1))
    one.begin("key", SPEC)
    ((key, result),) = hears(one, bridge, clock,
                             json.dumps({"done": "key", "answer": answer}).encode())
    assert (key, result.verdict, result.again, result.stopped) == (
        "key", "infrastructure", True, False)
    assert not bridge.ended
    assert said == []


def test_a_job_that_is_stopped_may_say_so(made):
    one, bridge, _, clock = made
    hears(one, bridge, clock, slots(1))
    one.begin("key", SPEC)
    one.stop("key")
    gone = Result(130, "interrupted", "", stopped=True)
    line = json.dumps({"done": "key", "answer": wire.answer(gone)}).encode()
    assert hears(one, bridge, clock, line) == [("key", gone)]


@pytest.mark.parametrize("line", [b"", b"hello", b"[]", b"{}", b'{"slots": "x"}', b"[" * 100_000])
def test_a_bridge_that_goes_or_babbles_gives_its_jobs_back_and_is_asked_again(made, line):
    one, bridge, said, clock = made
    hears(one, bridge, clock, slots(1))
    one.begin("key", SPEC)
    ((key, result),) = hears(one, bridge, clock, line)
    assert (key, result.stopped) == ("key", True)
    assert bridge.ended
    assert said[-1].endswith("it is asked again")
    assert one.free == 0
    assert len(MADE) == 1, "not at once"
    clock[0] += 11
    assert one.free == 0
    assert len(MADE) == 2


def test_silence_is_no_work(made):
    one, bridge, said, clock = made
    hears(one, bridge, clock, slots(0))
    hears(one, bridge, clock, slots(0))
    assert said == ["tcp://h:1: no worker is there: harness worker ADDRESS"]
    clock[0] += 31
    one.done(0.0)
    assert bridge.ended
    assert "no word for 30 s" in said[-1]


def test_without_a_sandbox_nothing_runs(made, monkeypatch):
    one, bridge, _, clock = made

    def none(*, enabled):
        raise InfrastructureError("bubblewrap is not installed")

    monkeypatch.setattr(cluster.sandbox, "get", none)
    hears(one, bridge, clock, b"")
    clock[0] += 11
    with pytest.raises(InfrastructureError):
        _ = one.free


@pytest.mark.parametrize(("url", "files", "says"), [
    ("tls://h:1", None, "needs both"), ("tcp://h:1", (), "needs both"),
    ("tls://h:1", (), "no ca.pem, cert.pem, key.pem"),
    ("tls://h:1", ("ca.pem", "key.pem"), "no cert.pem")])
def test_tls_is_looked_at_before_anything_begins(tmp_path, url, files, says):
    for name in files or ():
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match=says):
        cluster.address(url, "" if files is None else str(tmp_path))


def test_tls_that_is_whole(tmp_path):
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    assert cluster.address("tls://h:1", str(tmp_path)).tls == str(tmp_path)


def test_what_no_worker_can_do_is_said_and_keeps_nobody_from_a_slot(made):
    one, bridge, said, clock = made
    hears(one, bridge, clock, slots(1))
    one.begin("key", Spec("5e", "check", arches=("arm64", "riscv64")))
    assert one.free == 1
    hears(one, bridge, clock, slots(1), slots(1))
    assert one.free == 2
    assert [words.split(": ")[1] for words in said] == [
        f"no worker has {name} (jobs that wait for it" for name in ("arm64", "riscv64")]
    assert one.words == "1 job for 1 slot of its workers; no worker has arm64, riscv64"
    both = [["arm64", "build", "guest", cluster.worker.VERSION, "riscv64"]]
    hears(one, bridge, clock, json.dumps({"slots": 1, "have": both, "strangers": []}).encode())
    assert one.free == 1
    assert len(said) == 2
    apart = [[*both[0][:4]], [*both[0][1:]]]
    hears(one, bridge, clock, json.dumps({"slots": 2, "have": apart, "strangers": []}).encode())
    assert said[-1].endswith("has its tools")
    assert "no worker has all of arm64, build, guest, riscv64" in said[-1]
