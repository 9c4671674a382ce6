# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from harness.run.state import NotRunError, SkippedStage, require
from harness.system import sandbox
from harness.system.sandbox import Sandbox
from tests.unit.run.toys import state


def test_the_log_is_in_the_folder_that_the_user_gets(tmp_path):
    assert state(tmp_path).log == tmp_path / "out" / "log"


def test_settings_are_those_of_the_request(tmp_path):
    one = state(tmp_path, settings={"memory": 77})
    assert one.settings is one.request.settings
    assert one.settings.memory == 77


def test_the_sandbox_is_off_only_where_the_user_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    assert state(tmp_path).box() == Sandbox(enabled=False)
    assert state(tmp_path, settings={"sandbox": True}).box() == Sandbox(enabled=True)


def test_what_an_earlier_stage_must_have_left_is_not_none():
    assert require("") == ""
    assert require(0) == 0
    with pytest.raises(RuntimeError):
        require(None)


def test_a_skipped_stage_has_nothing_to_do_unless_it_says_so():
    assert not SkippedStage("no header").applies
    assert SkippedStage("no tree", applies=True).applies


def test_a_stage_that_could_not_run_hands_on_what_it_knows(tmp_path):
    known = state(tmp_path)
    error = NotRunError("no gcc", known)
    assert error.state is known
    assert str(error) == "no gcc"
