# SPDX-License-Identifier: GPL-2.0-or-later
"""KUnit suites and somebody else's programs, on real kernels."""

import subprocess

import pytest

from harness import trees
from harness.apply import commit_content
from harness.arch import EMULATOR
from harness.build import kbuild, kconfig
from harness.build import kernel as kernels
from harness.guest import boot, commands, kunit, qemu
from harness.guest.boot import Command, Load
from harness.model import Applied, Kconfig, Status
from harness.run import own
from harness.system import repo

S = Status
FEW = ("CONFIG_KUNIT=y\nCONFIG_KUNIT_EXAMPLE_TEST=y\nCONFIG_RUNTIME_TESTING_MENU=y\n"
       "CONFIG_CMDLINE_KUNIT_TEST=y\nCONFIG_TEST_SORT=y\n")
TREE = "debian-6.1"


@pytest.fixture
def guest(box, tmp_path):
    init = boot.compile_init(tmp_path / "init", box, tmp_path / "log")
    return boot.Guest(qemu.Machine(EMULATOR, "tcg", 512, 2), box, tmp_path / "guest",
                      boot_timeout=15.0, test_timeout=10.0, run_timeout=120.0,
                      say=lambda _: None, init=init)


def statuses(run):
    return {f"{p.name}.{t.name}": t.status for p in run.outcomes for t in p.children}


SCRIPT = b"""#!/bin/sh
echo "TAP version 13"; echo "1..2"; echo "ok 1 one"
ls /proc/self > /dev/null && echo "ok 2 two"
exit 0
"""


def compiled(folder, name, text):
    (folder / f"{name}.c").write_text(text)
    subprocess.run(["gcc", "-static", "-o", str(folder / name), str(folder / f"{name}.c")],
                   check=True)
    return Command(name, (folder / name).read_bytes(), (), 3.0)


def test_programs_and_scripts_of_others(guest, kernel, tmp_path):
    main = "#include <signal.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void) { %s }\n"
    rows = [Command("script", SCRIPT),
            compiled(tmp_path, "fails", main % 'puts("no such thing"); return 1;'),
            compiled(tmp_path, "skips", main % "return 4;"),
            compiled(tmp_path, "dies", main % (
                'puts("1..1\\nok 1 all"); fflush(0); raise(SIGSEGV);')),
            compiled(tmp_path, "hangs", main % "for (;;) pause();"),
            compiled(tmp_path, "says254", main % "return 254;"),  # KVM's assertions
            compiled(tmp_path, "quiet", main % "close(1); close(2); sleep(1); return 1;"),
            compiled(tmp_path, "quiet_hangs", main % "close(1); close(2); for (;;) pause();"),
            compiled(tmp_path, "opens", main.replace("void", "int c, char **v") % (
                "return access(v[0], R_OK);"))]
    found = statuses(commands.run_commands(guest, kernel, rows, Load((), busybox=own.busybox())))
    assert found == {
        "script.one": S.PASS, "script.two": S.PASS, "script.exit": S.PASS,
        "fails.exit": S.FAIL, "skips.exit": S.SKIP, "dies.all": S.PASS, "dies.exit": S.CRASHED,
        "hangs.exit": S.TIMEOUT, "says254.exit": S.FAIL, "quiet.exit": S.FAIL,
        "quiet_hangs.exit": S.TIMEOUT, "opens.exit": S.PASS}


def test_a_program_that_ends_the_guest_costs_that_program(guest, kernel, tmp_path):
    end = "#include <sys/reboot.h>\nint main(void) { return reboot(RB_AUTOBOOT); }\n"
    rows = [compiled(tmp_path, "first", "int main(void) { return 0; }\n"),
            compiled(tmp_path, "ends", end),
            compiled(tmp_path, "last", "int main(void) { return 0; }\n")]
    found = statuses(commands.run_commands(guest, kernel, rows))
    assert found == {"first.exit": S.PASS, "ends.exit": S.CRASHED, "last.exit": S.PASS}


@pytest.fixture(scope="module")
def suites(cache, box, tmp_path_factory):
    """A kernel with a few KUnit suites, and what builds others from it."""
    log = tmp_path_factory.mktemp("kunit") / "log"
    tree = trees.obtain(TREE, cache, lambda _: None)
    maker = kbuild.Builder(cache, box, 2, 3600, lambda _: None, log)
    config = Kconfig((*kconfig.combine(kconfig.DATA / "tiny.config").fragments, FEW))
    return tree, maker, config, kernels.base(maker, tree, tree.commit, config)


def test_the_suites_of_a_kernel_run_in_one_boot(guest, suites):
    done = kunit.run_suites(guest, suites[3].path, ("cmdline", "example"))
    found = statuses(done)
    assert done.boots == 1
    assert found["kunit:cmdline.cmdline_test_noint"] is S.PASS
    assert found["kunit:lib_sort.test_sort"] is S.PASS
    assert found["kunit:example.example_skip_test"] is S.SKIP
    assert S.FAIL not in found.values()


NEW = """#include <kunit/test.h>
static void one(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}
static struct kunit_case cases[] = { KUNIT_CASE(one), {} };
static struct kunit_suite suite = { .name = "harness_new", .test_cases = cases };
kunit_test_suite(suite);
"""
KCONFIG = 'config HARNESS_NEW\n\tbool "new" if !KUNIT_ALL_TESTS\n\tdepends on KUNIT=y\n\n'


def test_a_suite_that_the_series_adds_is_switched_on(guest, suites, tmp_path):
    tree, maker, config, base = suites
    before = {p: repo.show(tree.repo, tree.commit, p).decode()
              for p in ("lib/Makefile", "lib/Kconfig.debug")}
    begin = "config CMDLINE_KUNIT_TEST\n"
    assert begin in before["lib/Kconfig.debug"]
    commit = commit_content(tree, tree.commit, {
        "lib/harness_new.c": NEW.encode(),
        "lib/Makefile": f"{before['lib/Makefile']}obj-$(CONFIG_HARNESS_NEW) += harness_new.o\n"
        .encode(), "lib/Kconfig.debug": before["lib/Kconfig.debug"].replace(
            begin, KCONFIG + begin, 1).encode()}, "new")
    config = Kconfig((*config.fragments, "CONFIG_HARNESS_NEW=y # optional\n"))
    image, _ = kernels.patched(maker, Applied(tree, tree.commit, (commit,)), base, config,
                               tmp_path / "work")
    found = statuses(kunit.run_suites(guest, image.path, ("harness_new", "cmdline")))
    assert found["kunit:harness_new.one"] is S.PASS
    assert found["kunit:cmdline.cmdline_test_noint"] is S.PASS


@pytest.mark.parametrize(("wrong", "status"), [
    ("*(volatile int *)0 = 1;", {S.CRASHED, S.TIMEOUT}), ("for (;;) barrier();", {S.TIMEOUT}),
    ("if (**str == ',') return 1;", {S.FAIL})])
def test_a_wrong_version_is_named_by_the_trees_own_test(guest, suites, tmp_path, wrong, status):
    tree, maker, config, base = suites
    text = repo.show(tree.repo, tree.commit, "lib/cmdline.c").decode()
    begin = "int get_option(char **str, int *pint)\n{\n"
    assert begin in text
    # The boot itself parses a few options: only what the suite asks for goes wrong.
    bad = text.replace(begin, f"{begin}\tif (system_state == SYSTEM_SCHEDULING || "
                       f"system_state == SYSTEM_FREEING_INITMEM) {{ {wrong} }}\n", 1)
    commit = commit_content(tree, tree.commit, {"lib/cmdline.c": bad.encode()}, "wrong")
    image, _ = kernels.patched(maker, Applied(tree, tree.commit, (commit,)), base, config,
                               tmp_path / "work")
    found = statuses(kunit.run_suites(guest, image.path, ("cmdline", "example", "lib_sort")))
    mine = {s for name, s in found.items() if name.startswith("kunit:cmdline.")}
    assert mine & status
    assert found["kunit:lib_sort.test_sort"] is S.PASS, "the others run all the same"
