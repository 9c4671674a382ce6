# SPDX-License-Identifier: GPL-2.0-or-later
"""Where scripts are replayed."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.generate import replay
from harness.generate.replay import Case
from harness.model import GuestRun, Outcome, Splat, Status
from harness.prove import replayers
from harness.run import guests, workload
from harness.run.workload import Workload
from harness.settings import Settings
from harness.system.sandbox import Sandbox
from tests.unit.generate.test_replay import Counter
from tests.unit.run.toys import counted, profile, program

MODEL = Counter()
CASES = (*replay.probes(MODEL), Case(1, "rule", ("1", "2")))
BOX = Sandbox(enabled=False)


def quiet(_):
    """Nobody listens."""


@pytest.fixture
def work(tmp_path):
    return Workload((program(tmp_path / "p", "driver", ("rule", "odd")),))


@pytest.fixture
def guest(monkeypatch, work, tmp_path):
    """``guest(replayed, ...)``: what a guest makes of ``CASES``; ``run`` has what it was given."""
    where = replayers.patient(guests.guest(
        Settings(cache=tmp_path), BOX, tmp_path / "out" / "guest", Path("/init"), quiet))

    def go(*replayed, rows=(), splats=()):
        tests = tuple(Outcome(f"t{n}", Status(s), why) for n, (s, why) in enumerate(rows))
        go.run = counted(GuestRun((Outcome("driver", Status.PASS, children=tests),), (), splats, 1,
                                  1.0, "tcg", replayed))
        monkeypatch.setattr(replayers, "run_programs", go.run)
        return replayers.in_guest(where, Path("/k"), work, MODEL)(CASES)

    go.where = where
    return go


def test_a_guest_answers_by_case(guest):
    got = guest("0 0 1 2", "1 0 1 3", splats=(Splat("Oops", "text"),))
    assert got.words == {0: ["1", "2"], 1: ["1", "3"]}
    assert [s.title for s in got.splats] == ["Oops"]
    assert got.skipped == ""


def test_the_guest_gets_the_script_and_may_die_once_for_each_kind(guest, work):
    guest()
    ((where, kernel, load, retry), _) = guest.run.calls[0]
    assert (where, kernel, load.programs) == (guest.where, Path("/k"), work.programs)
    assert load.data == {"driver": replay.render(MODEL, CASES)}
    assert retry.boots == len(MODEL.KINDS) + 1
    assert retry.retried == frozenset(), "a script is not run again"


@pytest.mark.parametrize(("replayed", "rows", "skipped"), [
    ((), [("PASS", ""), ("SKIP", "no /dev/kvm"), ("SKIP", "no CPU")], "no /dev/kvm"),
    (("0 0 1",), [("SKIP", "no /dev/kvm")], ""), ((), [("FAIL", "it is 3")], ""),
])
def test_a_guest_that_could_not_begin_says_why(guest, replayed, rows, skipped):
    assert guest(*replayed, rows=rows).skipped == skipped


@pytest.fixture
def host(commands, work, tmp_path):
    """``host(output)``: what this machine's kernel makes of ``CASES``."""
    def go(output, box=BOX):
        scripts = []

        def does(argv, kwargs):
            scripts.append(Path(kwargs["env"]["REPLAY"]).read_bytes())
            go.kwargs = kwargs
            return output
        commands.say("-t", "600", does=does, code=1)
        got = replayers.on_host(work, MODEL, box, tmp_path / "log")(CASES)
        (go.script,) = scripts
        go.argv = commands.calls[-1]
        return got
    return go


def test_the_host_answers_by_case_among_other_lines(host, work, tmp_path):
    got = host(b"TAP version 13\n# replay 0 0 1 2\nok 1 rule\n# replay 1 0 1 3\nnot ok 2\n")
    assert got == replayers.Answers({0: ["1", "2"], 1: ["1", "3"]})
    assert host.script == replay.render(MODEL, CASES)
    assert host.argv[-3:] == [str(work.programs[0].path), "-t", "600"]
    assert not Path(host.kwargs["env"]["REPLAY"]).exists()
    assert (tmp_path / "log").is_file()


def test_a_host_that_cannot_begin_says_why(host):
    got = host(b"ok 1 rule # SKIP no /dev/kvm\nok 2 odd # SKIP no CPU\n")
    assert (got.words, got.skipped) == ({}, "no /dev/kvm")


def test_in_the_sandbox_the_driver_sees_its_device_and_script_alone(host, work):
    host(b"", Sandbox())
    argv = host.argv
    assert argv[-3:] == ["/driver", "-t", "600"]
    at = argv.index("/driver")
    assert argv[at - 2:at] == ["--ro-bind", str(work.programs[0].path)]
    assert argv[argv.index("/data/driver") - 1] == host.kwargs["env"]["REPLAY"]
    assert argv[argv.index("/dev/kvm") - 1] == "--dev-bind-try"
    assert "setpriv" not in argv, "the device is often root's"


def test_the_driver_is_compiled_alone_against_the_hosts_headers(tmp_path, monkeypatch, work):
    made = profile(tmp_path, model=True)
    both = replace(work, programs=(*work.programs, program(tmp_path / "p", "other")))
    prepare = counted(both)
    monkeypatch.setattr(workload, "prepare", prepare)
    got = replayers.driver(made, BOX, tmp_path / "out")
    assert [p.name for p in got.programs] == ["driver"]
    assert prepare.calls == [((made, None, tmp_path / "out" / "programs" / "toy", BOX),
                              {"log": tmp_path / "out" / "log", "operations": 0,
                               "machine": None})]


def test_a_guest_may_take_its_time_but_not_be_silent(tmp_path):
    usual = Settings(cache=tmp_path, memory=99)
    where = replayers.patient(guests.guest(
        usual, BOX, tmp_path / "out" / "guest", Path("/init"), quiet))
    assert where.test_timeout > 10 * usual.test_timeout
    assert where.run_timeout > where.test_timeout
    assert where.silence == replayers.SILENCE
    assert (where.out, where.init) == (tmp_path / "out" / "guest", Path("/init"))
    assert (where.machine.memory, where.say) == (99, quiet)
