# SPDX-License-Identifier: GPL-2.0-or-later
"""In which configurations single objects are compiled, and what of that a run is told."""

from dataclasses import replace

import pytest

from harness.arch import NATIVE_TARGET
from harness.build import kernel
from harness.errors import CommandFailedError
from harness.evidence import BuiltFile
from harness.model import Finding, Severity
from harness.run import configs, single
from harness.run.single.answer import Answer
from harness.run.state import Configured, SkippedStage
from tests.unit.run.toys import counted, reusing

ONE, TWO = (("A", "y"),), (("B", "y"),)
OLD = Finding("old", Severity.NOTE, "m")
ERROR = Finding("build-error", Severity.ERROR, "the patched kernel does not build: no")
WARNING = Finding("warning-w1", Severity.WARNING, "unused")
ROW = BuiltFile("fs/a.c", 1)
FIRST, SECOND = NATIVE_TARGET.name, f"{NATIVE_TARGET.name}, CONFIG_B=y"


@pytest.fixture
def known(series, monkeypatch):
    monkeypatch.setattr(configs.kbuild, "toolchain", lambda *_: "gcc 1 / ld 1")
    return replace(series({"fs/a.c": "1\n"}), findings=(OLD,), notices=("before",))


@pytest.fixture
def run(known, monkeypatch):
    """``run(*answers)``: the state afterwards, an answer for each configuration asked for."""
    def go(*answers, settings=(), alone=True, base=None, one=known):
        row = list(answers)

        def answer(*_):
            if isinstance(row[0], Exception):
                raise row.pop(0)
            return row.pop(0)
        go.ask = counted(answer)
        monkeypatch.setattr(single, "answer", go.ask)
        monkeypatch.setattr(kernel, "cached", lambda *_: base)
        return single.compile_only(replace(
            one, configured=Configured(settings),
            request=replace(one.request, compile_only=alone)))
    return go


def said(*found, broken=False, rows=(ROW,), lacking=()):
    return Answer(tuple(found), rows, broken, lacking)


def test_a_series_of_documents_has_nothing_to_compile(series, run):
    with pytest.raises(SkippedStage) as caught:
        run(one=series({"Documentation/x.rst": "1\n"}))
    assert not caught.value.applies


def test_all_that_is_said_is_told_where_nothing_else_is_built(run):
    after = run(said(WARNING, lacking=("sparse: NOT_RUN",)))
    assert after.findings == (OLD, WARNING)
    assert after.notices == ("before",)
    assert after.not_run == ("sparse: NOT_RUN",)
    assert after.compiled == ((FIRST, (ROW,)),)
    assert not after.broken


def test_objects_are_compiled_in_each_configuration(run):
    after = run(said(), said(rows=()), settings=(ONE, TWO))
    assert after.compiled == ((FIRST, (ROW,)), (SECOND, ()))
    assert [config for (_, config), _ in run.ask.calls] == [
        configs.numbered(after, 0), configs.numbered(after, 1)]


def test_what_fails_on_the_base_is_said_of_its_file(run):
    after = run(replace(said(), failed=(("fs/a.c", "fs/a.c:3: no"),)))
    assert after.unbuilt == (("fs/a.c", "it does not compile on the base: fs/a.c:3: no", ""),)
    assert after.not_run == ()


def test_what_fails_where_few_symbols_are_set_is_tried_where_nearly_all_are(run):
    after = run(replace(said(rows=()), failed=(("fs/a.c", "no"),)), said(), settings=(TWO,))
    assert after.compiled == ((FIRST, ()), (configs.RICHEST, (ROW,)))
    (_, config), _ = run.ask.calls[1]
    assert config.start == "allmodconfig"
    assert not any("CONFIG_B=y" in text for text in config.fragments), "it is a module there"


def test_where_the_base_has_no_such_configuration_what_is_known_stands(run):
    after = run(replace(said(rows=()), failed=(("fs/a.c", "no"),)),
                CommandFailedError("make", 2, "allmodconfig: no rule to make it"))
    assert after.compiled == ((FIRST, ()),)
    assert after.unbuilt == (("fs/a.c", "it does not compile on the base: no", ""),)


def test_what_the_series_wants_off_is_off_there_too(run):
    run(replace(said(rows=()), failed=(("fs/a.c", "no"),)), said(), settings=((("C", "n"),),))
    (_, config), _ = run.ask.calls[1]
    assert any("# CONFIG_C is not set" in text for text in config.fragments)


@pytest.mark.parametrize(("words", "again"), [
    ("#ifdef MODULE", True), ("#if defined(MODULE) && X", True), ("#ifdef CONFIG_MODULES", False)])
def test_lines_that_only_a_module_has_are_compiled_in_one(run, words, again):
    one = BuiltFile("fs/a.c", 1, off=((3, words),))
    after = run(said(rows=(one,)), said())
    assert (configs.RICHEST in dict(after.compiled)) is again


def test_what_another_configuration_compiles_is_not_tried_again(run):
    after = run(said(), replace(said(rows=()), failed=(("fs/a.c", "no"),)), settings=(ONE, TWO))
    assert [name for name, _ in after.compiled] == [FIRST, SECOND]


def test_a_kernel_that_would_not_build_on_the_base_is_the_plain_one(run):
    after = run(replace(said(rows=()), failed=(("fs/a.c", "no"),)), said(), settings=(TWO,),
                alone=False)
    assert after.boots_plain
    assert single.PLAIN_BOOTS in after.notices
    assert [name for name, _ in after.compiled] == [SECOND, configs.RICHEST]
    assert not after.broken


def test_what_is_found_in_two_configurations_is_one_finding(run, known):
    twice = replace(known, findings=(OLD, OLD))
    after = run(said(WARNING), said(ERROR, WARNING), settings=(ONE, TWO), one=twice)
    assert after.findings == (OLD, OLD, WARNING, ERROR), "what other stages found is theirs"


@pytest.mark.parametrize("alone", [True, False])
def test_a_series_that_does_not_compile_is_broken(run, alone):
    after = run(said(ERROR, WARNING, broken=True), alone=alone)
    assert after.broken
    assert after.findings == (OLD, ERROR, WARNING)


def test_what_only_another_configuration_does_not_compile_hinders_no_kernel(run):
    after = run(said(), said(ERROR, broken=True), settings=(ONE, TWO), alone=False)
    assert not after.broken
    assert after.findings == (OLD, ERROR)
    assert run(said(ERROR, broken=True), said(), settings=(ONE, TWO)).broken


def test_the_kernel_that_boots_is_told_by_its_own_build(run):
    after = run(said(WARNING, lacking=("sparse: NOT_RUN",)), alone=False)
    assert len(run.ask.calls) == 1
    assert after.compiled == after.not_run == ()
    assert after.notices == ("before",)


def test_the_other_configurations_are_told_all_the_same(run):
    after = run(said(), said(WARNING), settings=(ONE, TWO), alone=False)
    assert after.compiled == ((SECOND, (ROW,)),)
    assert (after.findings, after.notices) == ((OLD, WARNING), ("before",))


def test_where_the_base_is_there_the_kernel_that_boots_is_not_compiled_early(run, tmp_path):
    after = run(said(), settings=(ONE, TWO), alone=False, base=tmp_path)
    assert [config for (_, config), _ in run.ask.calls] == [configs.numbered(after, 1)]
    with pytest.raises(SkippedStage) as caught:
        run(alone=False, base=tmp_path)
    assert not caught.value.applies
    run(said(), alone=True, base=tmp_path)
    assert len(run.ask.calls) == 1, "where no kernel is built it is"


def test_what_can_only_be_a_module_is_compiled_beside_the_kernel(run, tmp_path):
    after = run(said(), settings=((("MODULES", "y"), ("TEST_A", "m")),), alone=False,
                base=tmp_path)
    assert after.compiled == ((f"{FIRST}, modules", (ROW,)),)


def test_objects_are_compiled_once_in_each_configuration(run, known):
    first = run(said(WARNING), said(), settings=(ONE, TWO), one=reusing(known))
    again = run(settings=(ONE, TWO), one=reusing(known))
    assert run.ask.calls == []
    assert (again.compiled, again.findings) == (first.compiled, first.findings)
    assert (first.cached, again.cached) == (frozenset(), {"compile"})


def test_a_tool_that_gave_up_is_asked_again(run, known):
    for _ in range(2):
        run(said(lacking=("gcc: NOT_RUN: fs/a.c: it ended with 1",)), one=reusing(known))
        assert len(run.ask.calls) == 1
    run(said(lacking=("sparse: NOT_RUN: not installed; next: apt-get install sparse",)),
        one=reusing(known))
    run(one=reusing(known))
    assert run.ask.calls == [], "one that is not installed says no more the next time"
