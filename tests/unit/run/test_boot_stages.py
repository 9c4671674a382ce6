# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages that boot: whose fault it is when a kernel does not, and what is kept."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.errors import NoBootError
from harness.guest import boot
from harness.model import Severity, Verdict
from harness.report import checks
from harness.run import boot_stages, guests, workload
from harness.run.workload import Workload
from harness.system import sandbox
from tests.make import guest_run, report
from tests.unit.run.toys import counted, image, program, raises, reusing, state

SILENT = NoBootError("the guest does not boot: the kernel panicked",
                     "Kernel panic - not syncing: x")
RUN = guest_run({"p.a": "PASS"})


@pytest.fixture
def known(tmp_path, monkeypatch, versions):
    """A run that has both kernels and a program; init is compiled at once."""
    def compile_init(folder, box, log, _compiler):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "init").write_bytes(b"init")
        return folder / "init"

    monkeypatch.setattr(boot, "compile_init", counted(compile_init))
    return state(tmp_path, image_base=image(tmp_path / "base"), load=Workload((
        program(tmp_path / "p"),)), image_patched=image(tmp_path / "patched", b"patched"))


def boots(monkeypatch, answer):
    """What comes of the guests: a run, or an error."""
    fake = counted(answer)
    monkeypatch.setattr(workload, "run", fake)
    return fake


@pytest.mark.parametrize(("side", "nice"), [("before", sandbox.GIVE_WAY), ("after", 0)])
def test_the_base_gives_way_to_the_patched_kernel(known, tmp_path, side, nice):
    where = boot_stages.guest(known, side)
    assert where.sandbox.nice == nice
    assert where.out == tmp_path / "out" / side
    assert where.init.read_bytes() == b"init"


def test_init_is_compiled_once_and_written_for_each_side(known, monkeypatch):
    one = reusing(known)
    places = {boot_stages.guest(one, side).init for side in ("before", "after", "before")}
    assert {p.read_bytes() for p in places} == {b"init"}
    assert len(places) == 2
    assert len(boot.compile_init.calls) == 1


@pytest.mark.parametrize(("why", "notices"), [("", ("old",)), ("no KVM", ("old", "no KVM"))])
def test_the_accelerator_that_was_found_is_that_of_all_guests(known, monkeypatch, why, notices):
    asked = counted(lambda settings, where, kernel, chosen: (
        replace(where, machine=replace(where.machine, accel="kvm")), why))
    monkeypatch.setattr(guests, "accelerated", asked)
    after = boot_stages.accelerator(replace(known, notices=("old",)))
    assert after.settings.accel == "kvm"
    assert after.notices == notices
    ((_, where, kernel, _), _) = asked.calls[0]
    assert kernel == known.image_base.path
    assert where.out.name == "probe"


def test_each_kernel_runs_the_same_programs(known, monkeypatch, tmp_path):
    fake = boots(monkeypatch, RUN)
    after = boot_stages.boot_patched(boot_stages.boot_base(known))
    assert (after.before, after.after) == (RUN, RUN)
    rows = [(where.out.name, kernel, load) for (where, kernel, load), _ in fake.calls]
    assert rows == [("before", known.image_base.path, known.load),
                    ("after", known.image_patched.path, known.load)]


def test_what_an_earlier_run_saw_is_taken_with_its_logs(known, monkeypatch, tmp_path):
    def run(where, kernel, load):
        where.out.mkdir(parents=True)
        (where.out / "console").write_text("Linux\n")
        return RUN

    fake = boots(monkeypatch, run)
    boot_stages.boot_base(reusing(known))
    later = boot_stages.boot_base(reusing(known, out=tmp_path / "later"))
    assert len(fake.calls) == 1
    assert later.before == RUN
    assert later.cached == {"boot-base"}
    assert (tmp_path / "later" / "before" / "console").read_text() == "Linux\n"


def test_a_flaky_test_is_asked_again(known, monkeypatch):
    fake = boots(monkeypatch, guest_run({"p.a": "FLAKY"}))
    for _ in range(2):
        boot_stages.boot_patched(reusing(known))
    assert len(fake.calls) == 2


@pytest.fixture
def dies(known, monkeypatch):
    """``dies(base)``: the patched kernel does not boot; whether the base does."""
    def go(base):
        boots(monkeypatch, raises(SILENT))
        once = counted(SimpleNamespace(bye=base))
        monkeypatch.setattr(boot, "boot_once", once)
        after = boot_stages.boot_patched(known)
        assert once.calls[0][0][1] == known.image_base.path
        assert once.calls[0][0][2] == boot.Load(())
        return after
    return go


def test_a_patched_kernel_that_does_not_boot_is_the_series_fault(dies):
    after = dies(base=True)
    (found,) = after.findings
    assert (found.rule, found.severity) == ("boot-failure", Severity.ERROR)
    assert "the kernel panicked" in found.message
    assert "Kernel panic" in found.evidence
    assert after.after is None


def test_when_the_base_does_not_boot_either_it_is_our_trouble(dies):
    with pytest.raises(NoBootError):
        dies(base=False)


def test_a_base_that_does_not_boot_is_our_trouble(known, monkeypatch):
    boots(monkeypatch, raises(SILENT))
    with pytest.raises(NoBootError):
        boot_stages.boot_base(known)


def test_no_check_calls_it_green():
    made = report(findings=(boot_stages.Finding("boot-failure", Severity.ERROR, "does not boot"),))
    assert checks.bisect(replace(made, verdict=Verdict.FAIL))[1] == 1
    assert "ERROR: " in checks.b4_lines(made)[0]
