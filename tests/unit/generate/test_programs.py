# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs out of a profile: what is written, what gcc is asked, and the tests that each tells."""

import os

import pytest

from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError
from harness.generate import programs
from harness.model import Program
from harness.system.sandbox import Sandbox

BARE = Sandbox(enabled=False)


def test_the_folder_compiles_by_itself(profile, tmp_path):
    target = tmp_path / "deep" / "out"
    written = programs.write_sources(profile, target)
    assert written == tuple(target / f"{name}.c" for name in ("one", "two", "race"))
    assert {p.name for p in target.iterdir()} == {
        "one.c", "two.c", "race.c", "ktap.c", "ktap.h", "zone.c", "zone.h"}
    assert (target / "zone.c").read_text() == (profile.folder / "zone.c").read_text()


def test_a_spec_becomes_c_in_the_words_of_library_and_profile(profile, tmp_path):
    programs.write_sources(profile, tmp_path)
    text = (tmp_path / "one.c").read_text()
    body = text[text.index("static void a(void)"):text.index("static void b(void)")]
    assert [line.strip() for line in body.splitlines() if line.endswith(";")] == [
        "struct toy toy;", "begin(&toy);", "PUT(1);", "SEE(1);", "end(&toy);"]
    assert '#include <errno.h>\n#include "zone.h"\n' in text
    assert "NEED(CAP_B);" in (tmp_path / "two.c").read_text()


def test_what_is_shipped_is_the_c_of_the_specs_and_a_list_for_make(profile):
    for _ in range(2):
        written = programs.ship(profile)
    folder = profile.folder / "generated"
    assert written == tuple(folder / name for name in ("one.c", "two.c", "programs.mk"))
    rows = (folder / "programs.mk").read_text().splitlines()
    assert [row for row in rows if "=" in row] == [
        "PROFILES += toy", "toy_SHARED := lib/ktap.c toy/zone.c", "toy_PROGRAMS += one",
        "toy_PROGRAMS += race", "toy_PROGRAMS += two"]
    assert rows[0].startswith("# SPDX")


@pytest.fixture
def gcc(commands, monkeypatch):
    """The compiler and the programs: each lists two tests; ``gcc`` is what sh was asked."""
    monkeypatch.setattr(programs.shutil, "which", lambda _: "/bin/gcc")
    asked = []

    def sh(argv, given):
        asked.append((argv, given))
        name = argv[-1].rpartition("./")[2].split()[0]
        return f"{name}_1\n{name}_2\n".encode() if " -l" in argv[-1] else b""

    commands.say("sh", "-c", does=sh)
    return asked


def scripts(gcc):
    return [argv[-1] for argv, _ in gcc]


def test_every_program_tells_its_tests(profile, gcc, tmp_path):
    made = programs.build_programs(profile, None, tmp_path, BARE, tmp_path / "log")
    assert made == tuple(
        Program(name, tmp_path / name, (f"{name}_1", f"{name}_2"), parallel=name == "race")
        for name in ("one", "two", "race"))


def test_shared_sources_are_compiled_once_and_linked_to_each(profile, gcc, tmp_path):
    programs.build_programs(profile, None, tmp_path, BARE, tmp_path / "log")
    lines = scripts(gcc)
    assert len([line for line in lines if " -c " in line]) == 2
    assert [line for line in lines[:2] if " -c ktap.c" in line]
    linked = [line for line in lines if " -o one " in line]
    assert len(linked) == 1
    assert {"-static", "-std=gnu11", "-Wall", "one.c", "ktap.o", "zone.o"} <= set(linked[0].split())
    assert " -I " not in linked[0]


def test_without_a_sandbox_it_is_compiled_where_the_sources_are(profile, gcc, tmp_path):
    headers = tmp_path / "a b"
    programs.build_programs(profile, headers, tmp_path / "t", BARE, tmp_path / "log")
    assert {given["cwd"] for _, given in gcc} == {tmp_path / "t"}
    assert all(f"-I '{headers}'" in line for line in scripts(gcc))


def test_in_the_sandbox_headers_can_be_read_and_the_folder_written(profile, gcc, tmp_path):
    programs.build_programs(profile, tmp_path / "h", tmp_path / "t", Sandbox(step_down=False),
                            tmp_path / "log")
    argv, given = gcc[0]
    text = " ".join(argv)
    assert given["cwd"] is None
    assert f"--ro-bind {tmp_path}/h /headers" in text
    assert f"--bind {tmp_path}/t /out" in text
    assert "--chdir /out" in text
    assert all("-I /headers" in line for line in scripts(gcc))


def test_the_headers_of_the_host_need_no_mount(profile, gcc, tmp_path):
    programs.build_programs(profile, None, tmp_path / "t", Sandbox(step_down=False),
                            tmp_path / "log")
    assert "/headers" not in " ".join(gcc[0][0])


def test_a_program_without_tests_is_no_program(profile, gcc, commands, tmp_path):
    commands.say("sh", "-c", out=b"\n")
    with pytest.raises(InfrastructureError, match="one"):
        programs.build_programs(profile, None, tmp_path, BARE, tmp_path / "log")


def test_a_program_that_does_not_compile_is_an_error(profile, gcc, commands, tmp_path):
    commands.say("sh", "-c", code=1, err=b"ktap.c:1: error: no\n")
    with pytest.raises(CommandFailedError):
        programs.build_programs(profile, None, tmp_path, BARE, tmp_path / "log")
    assert "error: no" in (tmp_path / "log").read_text()


def test_without_gcc_nothing_is_written(profile, monkeypatch, tmp_path):
    monkeypatch.setattr(programs.shutil, "which", lambda tool: None if tool == "gcc" else tool)
    with pytest.raises(ToolMissingError) as error:
        programs.build_programs(profile, None, tmp_path / "t", BARE, tmp_path / "log")
    assert error.value.tool == "gcc"
    assert not os.path.lexists(tmp_path / "t")


@pytest.mark.parametrize(("tail", "says"), [
    ("a.c: In function 'f':\na.c:1: error: no\na.c:2: error: yes\n", "a.c:1: error: no"),
    ("a.c:1:9: fatal error: kvm.h: No such file\n", "a.c:1:9: fatal error: kvm.h: No such file"),
])
def test_why_is_the_first_error(tail, says):
    assert programs.why(CommandFailedError("gcc", 1, tail)) == says


def test_without_an_error_of_the_compiler_the_exit_code_is_why():
    assert "139" in programs.why(CommandFailedError("sh", 139, "Segmentation fault\n"))
