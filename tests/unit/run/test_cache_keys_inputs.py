# SPDX-License-Identifier: GPL-2.0-or-later
"""What each key of a cell is made of: whatever changes a result changes the key."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.arch import ABIS
from harness.evidence import Changed
from harness.generate.replay import Case, load_model
from harness.model import Kconfig
from harness.run import cache_keys
from harness.run.workload import Workload
from harness.uapi.result import Options
from tests.make import patch, series
from tests.unit.run.toys import applied, image, profile, program, state

pytestmark = pytest.mark.usefixtures("versions")
OLD, NEW = {"a.c": "old\n"}, {"a.c": "new\n"}
TINY = Kconfig(("CONFIG_A=y\n",))


@pytest.fixture
def placed(tmp_path, git):
    made = applied(git, OLD, NEW)
    return state(tmp_path, applied=made)


def test_a_series_is_its_content_and_not_its_commits(placed, git):
    one = cache_keys.trees_of(placed)
    assert len(one) == 2
    again = applied(git, OLD, NEW)
    assert cache_keys.trees_of(replace(placed, applied=again)) == one
    more = applied(git, OLD, NEW, {"a.c": "newer\n"})
    assert len(cache_keys.trees_of(replace(placed, applied=more))) == 3
    other = applied(git, {"a.c": "older\n"}, NEW)
    assert cache_keys.trees_of(replace(placed, applied=other)) != one


# Of each key: what changes it. A row gets the state, the versions of tools and a folder.
def asks_uapi(**options):
    return lambda one, _versions, _folder: replace(one, request=replace(
        one.request, uapi=Options(**options)))


def consumers(one, _versions, folder):
    (folder / "qemu").mkdir()
    (folder / "qemu" / "qemu.c").write_text("int a;\n")
    return asks_uapi(consumers=(folder / "qemu",))(one, _versions, folder)


def profiled(one, _versions, folder):
    return replace(one, profiles=(profile(folder),))


def tool(name):
    return lambda one, versions, _folder: versions.update({name: "2"}) or one


def no_series(one, _versions, _folder):
    return replace(one, applied=replace(one.applied, commits=()))


@pytest.mark.parametrize("change", [
    asks_uapi(abis=ABIS[:1]), asks_uapi(also={"A": "1"}), asks_uapi(also={"A": "1"}, also_name="n"),
    consumers, profiled, tool("gcc"), no_series,
])
def test_what_the_uapi_check_depends_on(placed, versions, tmp_path, change):
    before = cache_keys.uapi(placed)
    assert cache_keys.uapi(placed) == before
    assert cache_keys.uapi(change(placed, versions, tmp_path)) != before


def test_the_numbers_of_another_tree_are_part_of_the_uapi_check(placed):
    keys = {cache_keys.uapi(asks_uapi(also=also, also_name="next")(placed, {}, None))
            for also in ({"A": "1"}, {"A": "2"}, {"B": "1"}, {"A": "1", "B": "1"})}
    assert len(keys) == 4


def test_the_content_of_consumers_and_profiles_counts(placed, tmp_path):
    one = profiled(consumers(placed, {}, tmp_path), {}, tmp_path)
    keys = {cache_keys.uapi(one)}
    (tmp_path / "qemu" / "qemu.c").write_text("int b;\n")
    keys.add(cache_keys.uapi(one))
    (one.profiles[0].folder / "config").write_text("CONFIG_B=y\n")
    keys.add(cache_keys.uapi(one))
    assert len(keys) == 3


@pytest.mark.parametrize("key", [cache_keys.uapi, cache_keys.tools])
def test_a_compiler_that_was_installed_is_a_reason_to_ask_again(placed, monkeypatch, tmp_path, key):
    there = {"gcc"}
    monkeypatch.setattr(cache_keys.shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(cache_keys, "STUBS_32", (str(tmp_path / "no"), str(tmp_path / "stubs.h")))
    keys = {key(placed)}
    there.add("clang")
    keys.add(key(placed))
    (tmp_path / "stubs.h").touch()
    keys.add(key(placed))
    assert len(keys) == 3


@pytest.mark.parametrize("change", [tool("make"), tool("gcc"), no_series])
def test_what_the_check_of_tools_depends_on(placed, versions, tmp_path, change):
    before = cache_keys.tools(placed)
    assert cache_keys.tools(placed) == before
    assert cache_keys.tools(change(placed, versions, tmp_path)) != before


def test_headers_that_were_installed_are_a_reason_to_ask_tools_again(placed, monkeypatch, tmp_path):
    monkeypatch.setattr(cache_keys, "Path", lambda name: tmp_path / name.lstrip("/"))
    keys = {cache_keys.tools(placed)}
    for number, name in enumerate(("usr/include", "usr/include/x86_64-linux-gnu"), 1):
        (tmp_path / name).mkdir(parents=True)
        os.utime(tmp_path / "usr/include", (1, 1))
        os.utime(tmp_path / name, (number, number))
        keys.add(cache_keys.tools(placed))
    assert len(keys) == 3


def test_what_a_kernel_depends_on(placed, tmp_path):
    rows = [(placed, TINY, "gcc 1"), (placed, TINY, "gcc 2"),
            (placed, Kconfig(("CONFIG_A=n\n",)), "gcc 1"),
            (placed, Kconfig((), "defconfig"), "gcc 1"), (placed, Kconfig(()), "gcc 1"),
            (no_series(placed, {}, tmp_path), TINY, "gcc 1")]
    assert len({cache_keys.build(*row) for row in rows}) == len(rows)
    assert cache_keys.build(*rows[0]) == cache_keys.build(*rows[0])


def test_warnings_depend_on_the_build_and_on_sparse(versions):
    one = cache_keys.warnings(("a",))
    assert cache_keys.warnings(("b",)) != one
    versions["sparse"] = "2"
    assert cache_keys.warnings(("a",)) != one


@pytest.mark.parametrize(("key", "tools"), [
    (cache_keys.configure, ["python3"]), (cache_keys.compiles, ["sparse"]),
])
def test_what_is_asked_of_a_configuration_depends_on_the_build_and_on_tools(
        placed, versions, tmp_path, key, tools):
    rows = [(placed, TINY, "gcc 1"), (placed, TINY, "gcc 2"),
            (placed, Kconfig(("CONFIG_A=n\n",)), "gcc 1"),
            (placed, Kconfig(TINY.fragments, "defconfig"), "gcc 1"),
            (no_series(placed, {}, tmp_path), TINY, "gcc 1")]
    keys = [key(*row) for row in rows]
    for name in tools:
        versions[name] = "2"
        keys.append(key(*rows[0]))
    assert len(set(keys)) == len(rows) + len(tools)


def touching(one, *paths):
    return replace(one, files=tuple(Changed(p, "a\n", "b\n", (1,), (1,)) for p in paths))


def of_search(one):
    return cache_keys.search(one, TINY, "[]")


@pytest.mark.parametrize(("key", "path", "reads"), [
    (of_search, "fs/Kconfig", True), (of_search, "net/Kconfig.debug", True),
    (of_search, "scripts/cc-version.sh", True), (of_search, "fs/a.c", False),
    (of_search, "fs/Makefile", False), (cache_keys.environment, "Makefile", True),
    (cache_keys.environment, "arch/x86/Makefile", True),
    (cache_keys.environment, "scripts/Kbuild.include", True),
    (cache_keys.environment, "fs/Kconfig", False), (cache_keys.environment, "fs/a.c", False),
])
def test_a_series_that_changes_nothing_that_is_read_is_as_the_base(placed, git, key, path, reads):
    other = replace(placed, applied=applied(git, OLD, {"a.c": "other\n"}))
    one, two = (key(touching(s, "Documentation/x.rst", path)) for s in (placed, other))
    assert (one != two) == reads
    base = replace(placed, applied=applied(git, {"a.c": "older\n"}, NEW))
    assert (key(touching(base, path)) == key(touching(placed, path))) == reads, (
        "a base that is another counts, but not where the head is what is read")


def test_what_the_solver_says_depends_on_configuration_question_and_tools(placed, versions):
    rows = [(placed, TINY, "[]"), (placed, TINY, "[[]]"), (placed, Kconfig(()), "[]"),
            (placed, replace(TINY, start="defconfig"), "[]")]
    keys = [cache_keys.search(*row) for row in rows]
    for name in ("gcc", "python3"):
        versions[name] = "2"
        keys.append(of_search(placed))
    assert len(set(keys)) == len(rows) + 2


@pytest.mark.parametrize("name", ["gcc", "ld"])
def test_what_make_gives_to_kconfig_depends_on_compiler_and_linker(placed, versions, name):
    before = cache_keys.environment(placed)
    assert cache_keys.environment(placed) == before
    versions[name] = "2"
    assert cache_keys.environment(placed) != before


def test_what_scripts_of_the_tree_say_depends_on_mails_base_and_perl(placed, versions, git):
    mine = series()
    keys = [cache_keys.mails(placed, mine), cache_keys.mails(placed, series(patch(message="X\n"))),
            cache_keys.mails(placed, series(patch(), patch()))]
    other = applied(git, NEW)
    keys.append(cache_keys.mails(replace(placed, applied=other), mine))
    versions["perl"] = "2"
    keys.append(cache_keys.mails(placed, mine))
    assert len(set(keys)) == len(keys)
    same = replace(placed, applied=replace(placed.applied, commits=()))
    assert cache_keys.mails(same, mine) == keys[-1], "the series is no part of the base"


def test_headers_are_those_of_a_commit(placed):
    (old,), (new,) = (cache_keys.headers(placed, c) for c in (
        placed.base, placed.applied.head))
    assert old != new


def test_a_digest_of_headers_is_that_of_names_and_contents():
    one = cache_keys.digest_of({"a.h": "int a;", "b.h": "int b;"})
    assert cache_keys.digest_of({"b.h": "int b;", "a.h": "int a;"}) == one
    assert cache_keys.digest_of({"a.h": "int a;"}) != one
    assert cache_keys.digest_of({"a.h": "int b;", "b.h": "int a;"}) != one


def test_what_programs_depend_on(tmp_path, versions):
    mine = profile(tmp_path)
    lib = tmp_path / "kselftests" / "lib"
    lib.mkdir()
    keys = [cache_keys.programs(mine, "1"), cache_keys.programs(mine, "2")]
    (lib / "ktap.c").write_text("int a;\n")
    keys.append(cache_keys.programs(mine, "1"))
    (mine.folder / "zone.c").write_text("int a;\n")
    keys.append(cache_keys.programs(mine, "1"))
    versions["gcc"] = "2"
    keys.append(cache_keys.programs(mine, "1"))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("setting", [
    {"accel": "tcg"}, {"memory": 1}, {"cpus": 1}, {"guests": 9}, {"flavour": "debug"},
    {"boot_timeout": 1.0}, {"test_timeout": 1.0}, {"run_timeout": 1.0},
])
def test_how_a_guest_is_booted_is_part_of_its_results(tmp_path, setting):
    kernel, load = image(tmp_path / "k"), Workload((program(tmp_path / "p"),))
    one, other = state(tmp_path), state(tmp_path, settings=setting)
    assert cache_keys.boot(one, kernel, load) == cache_keys.boot(state(tmp_path), kernel, load)
    assert cache_keys.boot(one, kernel, load) != cache_keys.boot(other, kernel, load)


def test_what_runs_in_a_guest_is_part_of_its_results(tmp_path, versions):
    drives = profile(tmp_path, "driver", model=True)
    one = state(tmp_path)
    kernel, other = image(tmp_path / "k"), image(tmp_path / "k2", b"another kernel")
    load = Workload((program(tmp_path / "p"),))
    model = load_model(drives)
    scripts = ((model, (Case(0, "rule", ("1",)),)),)
    keys = [cache_keys.boot(*row) for row in (
        (one, kernel, load), (one, other, load), (one, kernel, Workload()),
        (one, kernel, Workload((program(tmp_path / "p2", content=b"another"),))),
        (one, kernel, Workload((program(tmp_path / "p3", "renamed"),))),
        (one, kernel, Workload((program(tmp_path / "p4", tests=("a", "b")),))),
        (one, kernel, Workload((program(tmp_path / "p5", parallel=True),))),
        (one, kernel, Workload(load.programs, scripts)),
        (one, kernel, Workload(load.programs, ((model, (Case(0, "rule", ("2",)),)),))),
        (replace(one, profiles=(drives,)), kernel, load))]
    versions["qemu-system-x86_64"] = "2"
    keys.append(cache_keys.boot(one, kernel, load))
    assert len(set(keys)) == len(keys)





def test_where_a_program_lies_is_no_part_of_it(tmp_path):
    one, kernel = state(tmp_path), image(tmp_path / "k")
    keys = {cache_keys.boot(one, kernel, Workload((program(tmp_path / Path(name)),)))
            for name in ("here", "there")}
    assert len(keys) == 1
