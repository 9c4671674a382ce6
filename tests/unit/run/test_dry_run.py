# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that a run would execute."""

import shlex
from dataclasses import replace

import pytest

from harness.build import kbuild, kconfig
from harness.run import configs, dry_run
from harness.run.pipeline import Stage
from harness.system import sandbox
from tests.unit.run.toys import applied, profile, state

SERIES = ({"a.c": "old\n", "b.c": "same\n"}, {"a.c": "new\n", "b.c": "same\n", "c.c": "x\n"})


@pytest.fixture
def known(tmp_path, git, monkeypatch):
    monkeypatch.setattr(kbuild, "toolchain", lambda *_: "gcc 1 / ld 1")
    made = applied(git, *SERIES)
    return state(tmp_path, settings={"jobs": 7, "memory": 99}, applied=made,
                 profiles=(profile(tmp_path),))


def written(known):
    assert dry_run.write_commands(known) is known
    return (known.request.out / dry_run.NAME).read_text()


def commands(known, word):
    return [shlex.split(line) for line in written(known).splitlines()
            if not line.startswith("#") and word in line.split()]


def test_both_commits_are_named(known):
    notes = [line for line in written(known).splitlines() if line.startswith("#")]
    assert any(known.applied.base in line for line in notes)
    assert any(known.applied.head in line for line in notes)


def test_the_base_is_configured_and_built_and_then_the_series(known, tmp_path):
    makes = commands(known, "make")
    assert [argv[-1] for argv in makes] == ["tinyconfig", "olddefconfig", "vmlinux", "vmlinux"]
    assert all("-j7" in argv for argv in makes)
    outs = [next(a for a in argv if a.startswith("O=")) for argv in makes]
    assert len(set(outs[:3])) == 1
    assert outs[0].startswith(f"O={tmp_path}/cache/kernels/")
    assert outs[3] == f"O={tmp_path}/out/kernel/out"
    assert {argv[argv.index("-C") + 1] for argv in makes} == {f"{outs[0][2:-4]}/src"}


def test_the_configuration_is_in_the_lines(known):
    text = written(known)
    assert kconfig.render(configs.config_of(known)) + "END\n" in text
    assert "CONFIG_TOY=y\n" in text
    assert text.index("tinyconfig") < text.index("CONFIG_TOY=y") < text.index("olddefconfig")


def test_another_base_or_configuration_is_another_build(known, git, tmp_path):
    def home(one):
        return next(a for a in commands(one, "make")[0] if a.startswith("O="))


    other = applied(git, {"a.c": "older\n"}, SERIES[1])
    keys = {home(known), home(replace(known, applied=other)),
            home(replace(known, profiles=()))}
    assert len(keys) == 3


def test_each_kernel_is_booted_from_where_it_is_built(known, tmp_path):
    before, after = commands(known, "qemu-system-x86_64")
    kernels = [argv[argv.index("-kernel") + 1] for argv in (before, after)]
    assert kernels[0].startswith(f"{tmp_path}/cache/kernels/")
    assert kernels[1].startswith(f"{tmp_path}/out/kernel/out/")
    assert [argv[argv.index("-initrd") + 1] for argv in (before, after)] == [
        f"{tmp_path}/out/{side}/guest1/boot1/initrd" for side in ("before", "after")]
    assert all(argv[argv.index("-m") + 1] == "99" for argv in (before, after))


def test_a_debug_kernel_has_another_image(known):
    settings = replace(known.settings, flavour="debug")
    debug = replace(known, request=replace(known.request, settings=settings))
    assert [argv[-1] for argv in commands(debug, "make")][2:] == ["bzImage", "bzImage"]
    assert all(argv[argv.index("-kernel") + 1].endswith("/out/arch/x86/boot/bzImage")
               for argv in commands(debug, "qemu-system-x86_64"))


def test_in_the_sandbox_the_files_of_the_series_lie_over_those_of_the_base(known, monkeypatch):



    monkeypatch.setattr(sandbox, "why_unusable", lambda: "")
    settings = replace(known.settings, sandbox=True)
    makes = commands(replace(known, request=replace(known.request, settings=settings)), "make")
    assert [a for a in makes[-1] if a in {"/src/a.c", "/src/b.c", "/src/c.c"}] == [
        "/src/a.c", "/src/c.c"]
    assert not any(a.startswith("/src/") for a in makes[0])
    overs = [makes[-1][makes[-1].index(p) - 1] for p in ("/src/a.c", "/src/c.c")]
    assert len(set(overs)) == 2
    assert all(str(known.request.out) in place for place in overs)


def test_it_needs_a_series_that_applies():
    assert isinstance(dry_run.STAGE, Stage)
    assert dry_run.STAGE.needs == ("applied",)
