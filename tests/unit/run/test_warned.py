# SPDX-License-Identifier: GPL-2.0-or-later
"""What compilers say anew: whom it is asked of, and what the base said is kept."""

import pytest

from harness.build import codecheck
from harness.build.codecheck import BuildSide, Warned
from harness.model import Finding, Kconfig, Severity, Sources
from harness.run import warned
from harness.system import sandbox
from tests.unit.run.toys import applied, counted, reusing, state

TINY = Kconfig(("CONFIG_A=y\n",))


@pytest.fixture
def known(tmp_path, git, versions):
    return reusing(state(tmp_path, applied=applied(git, {"a.c": "old\n"}, {"a.c": "new\n"})))


@pytest.fixture
def sides(tmp_path):
    return tuple(BuildSide(Sources(tmp_path / n / "src"), tmp_path / n / "out") for n in "ab")


def test_the_answer_of_compilers_and_checkers_is_that_of_both_sides(known, sides, monkeypatch):
    said = ((Finding("warning-w1", Severity.WARNING, "m"),), ("note",), ("sparse: NOT_RUN",))
    check = counted(said)
    monkeypatch.setattr(codecheck, "check", check)
    assert warned.warned(known, TINY, *sides) == said
    ((mine, both, box, log, _), _) = check.calls[0]
    assert (mine, both, log) == (known.series, sides, known.log)
    assert (box.enabled, box.nice) == (False, sandbox.GIVE_WAY), "others wait for less"


def test_what_the_base_says_is_kept_for_each_configuration(known, sides, monkeypatch):
    ask, heard = counted((Warned("a.c", 1, "unused", "f"),)), []

    def check(_series, _sides, _box, _log, old):
        heard.append(old("a.c", "gcc", ask))
        return (), (), ()

    monkeypatch.setattr(codecheck, "check", check)
    for config in (TINY, TINY, Kconfig(("CONFIG_A=n\n",))):
        warned.warned(known, config, *sides)
    assert len(ask.calls) == 2
    assert heard == [(Warned("a.c", 1, "unused", "f"),)] * 3
