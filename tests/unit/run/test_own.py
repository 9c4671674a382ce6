# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's own programs on both kernels."""

import shutil
from dataclasses import replace

import pytest

from harness.errors import CommandFailedError, NoBootError, ToolMissingError, UsageError
from harness.guest import commands
from harness.model import GuestRun, Outcome, Status
from harness.run import boot_stages, own
from harness.run.state import NotRunError, SkippedStage
from tests.unit.run.toys import built, counted, guest, image, raises, reusing

STATIC = b"\x7fELF static"


def file(folder, name, content=STATIC):
    path = folder / name
    path.write_bytes(content)
    return path


def test_programs_are_called_after_their_files(tmp_path):
    paths = (file(tmp_path, "a"), file(tmp_path, "b.c", b"int main;"), file(tmp_path, "c d.sh"))
    assert own.names(paths) == ("a", "b", "c_d_sh")
    assert own.names(()) == ()


@pytest.mark.parametrize(("content", "why"), [
    (None, "no such file"), (b"\x7fELF /lib64/ld-linux-x86-64.so.2", "it needs libraries")])
def test_what_cannot_run_is_refused_before_anything_is_done(tmp_path, content, why):
    path = tmp_path / "p" if content is None else file(tmp_path, "p", content)
    with pytest.raises(UsageError, match=why):
        own.names((path,))


def test_two_of_a_name_and_large_ones_are_refused(tmp_path, monkeypatch):
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="two programs are called p"):
        own.names((file(tmp_path, "p"), file(tmp_path / "x", "p.c")))
    monkeypatch.setattr(own, "MOST", 3)
    with pytest.raises(UsageError, match="larger than"):
        own.names((file(tmp_path, "p"),))


@pytest.fixture
def run(tmp_path, git, versions, monkeypatch):
    """``run(*files)``: the state, of kernels on which each program ends as ``run.ends`` says."""
    known = replace(reusing(built(tmp_path, git)),
                    image_patched=image(tmp_path / "other", b"patched"))
    monkeypatch.setattr(boot_stages, "guest", guest)

    def run_commands(where, _image, made, more):
        side = where.out.name.removeprefix("own-")
        go.ran.append((side, [(c.name, c.content) for c in made], more.busybox))
        answer = go.ends[side]
        if isinstance(answer, Exception):
            raise answer
        return GuestRun(tuple(Outcome(c.name, answer, children=(Outcome("exit", answer),))
                              for c in made), (), (), 1, 1.0, "tcg")
    monkeypatch.setattr(commands, "run_commands", run_commands)

    def go(*paths, one=known):
        return own.run_own(replace(one, request=replace(one.request, own=paths)))
    go.ran, go.ends = [], {"before": Status.PASS, "after": Status.FAIL}
    return go


def test_without_programs_there_is_nothing_to_do(run):
    with pytest.raises(SkippedStage, match="no --run"):
        run()


def test_they_run_on_both_kernels_and_are_compared_like_all_others(run, tmp_path):
    after = run(file(tmp_path, "p"))
    assert [p.status for p in (*after.before.outcomes, *after.after.outcomes)] == [
        Status.PASS, Status.FAIL]
    assert run.ran == [(side, [("p", STATIC)], b"") for side in ("before", "after")]


def test_what_is_known_of_them_is_kept(run, tmp_path):
    path = file(tmp_path, "p")
    run(path)
    run(path)
    assert len(run.ran) == 2
    run(file(tmp_path, "p", STATIC + b"2"))
    assert len(run.ran) == 4


def test_a_source_is_compiled_without_libraries(run, tmp_path, commands):
    def gcc(argv, _):
        (tmp_path / "work" / "own" / "p" / argv[argv.index("-o") + 1]).write_bytes(STATIC)
    commands.say("gcc", does=gcc)
    run(file(tmp_path, "p.c", b"int main(void) { return 0; }"))
    assert "-static" in commands.calls[0]
    assert run.ran[0][1] == [("p", STATIC)]


def test_a_source_that_does_not_compile_is_said_and_blames_nobody(run, tmp_path, commands):
    commands.say("gcc", does=raises(CommandFailedError("gcc", 1, "own.c:1: error: no")))
    with pytest.raises(NotRunError, match="error: no"):
        run(file(tmp_path, "p.c", b"int main"))
    assert run.ran == []


def test_a_script_needs_a_busybox_without_libraries(run, tmp_path, monkeypatch):
    script = file(tmp_path, "p.sh", b"#!/bin/sh\nexit 0\n")
    for content in (None, b"\x7fELF /lib/ld-linux.so"):
        monkeypatch.setattr(shutil, "which", counted(
            content and str(file(tmp_path, "busybox", content))))
        with pytest.raises(ToolMissingError, match="busybox"):
            run(script)
    monkeypatch.setattr(shutil, "which", lambda _: str(file(tmp_path, "busybox", b"BB")))
    run(script)
    assert run.ran[0][2] == b"BB"


def test_a_patched_kernel_that_does_not_boot_with_them_is_no_word(run, tmp_path):
    run.ends["after"] = NoBootError("the guest does not boot: x", "")
    with pytest.raises(NotRunError, match="does not boot"):
        run(file(tmp_path, "p"))
