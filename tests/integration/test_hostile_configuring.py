# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that attack whoever looks for a configuration: one line, limits, and the rest goes on."""

import json
from pathlib import Path

import pytest

from harness.cli import main

KCONFIG = 'config TOY\n\tbool "toy"\n\nconfig SPARE\n\tbool "spare"\n'
SPARE = ("int a;\nint b;\nint c;\nint d;\nint spare(void)\n{\n\treturn 1;\n}\n"
         "int e;\nint f;\nint g;\nint h;\n")
DIFF = """diff --git a/drivers/toy/spare.c b/drivers/toy/spare.c
--- a/drivers/toy/spare.c
+++ b/drivers/toy/spare.c
@@ -4,7 +4,7 @@
 int d;
 int spare(void)
 {
-\treturn 1;
+\treturn 2;
 }
 int e;
 int f;
"""


@pytest.fixture
def lint(fake, mail, tmp_path, capsys, monkeypatch):
    """Lints a change of a file that waits for SPARE; returns (exit code, its line's evidence)."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    top = tmp_path / "fake"
    assert fake.repo

    def go(kconfig=KCONFIG, makefile="", more=()):
        (top / "Kconfig").write_text(kconfig)
        (top / "drivers" / "toy" / "spare.c").write_text(SPARE)
        for path, text in more:
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text)
        with (top / "drivers" / "toy" / "Makefile").open("a") as handle:
            handle.write(makefile or "obj-$(CONFIG_SPARE) += spare.o\n")
        code = main.run(["lint", "--compile", "--json", str(mail(DIFF)), "--tree", str(top)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        (file,) = json.loads(out)["evidence"]
        (line,) = file["lines"]
        return code, line["state"], line["why"], err
    return go


pytestmark = pytest.mark.usefixtures("toy_config")


def test_what_a_file_waits_for_is_found(lint):
    assert lint()[:3] == (0, "compiled", "x86_64")


def test_the_shell_of_a_kconfig_file_reaches_nothing(lint, tmp_path):
    bird = tmp_path / "bird"
    shell = f"x := $(shell,touch {bird} /usr/evil; cat /etc/shadow)\n"
    code, state, _, _ = lint(shell + KCONFIG)
    assert (code, state) == (0, "compiled")
    assert not bird.exists()
    assert not Path("/usr/evil").exists()


@pytest.mark.parametrize(("kconfig", "why"), [
    (f'{KCONFIG}source "Kconfig"\n', "could not be read"),
    ('config "\nif if if\n', "could not be read"),
    (KCONFIG.replace('"spare"\n', '"spare"\n\tdepends on TOY && !TOY\n'), "SPARE"),
    ('config TOY\n\tbool "toy"\n', "SPARE"),
    ("x := $(shell,sleep 100000)\n" + KCONFIG, "no end after"),
    ("x := $(shell,head -c 9000000000 /dev/zero | tr '\\0' x)\n" + KCONFIG, "could not be read")])
def test_a_configuration_that_cannot_be_had_is_a_reason(lint, kconfig, why, monkeypatch):
    from harness.cover import search
    monkeypatch.setattr(search, "TIMEOUT", 4)
    code, state, said, err = lint(kconfig)
    assert (code, state) == (4, "not-compiled"), err
    assert why in said
    assert len(said) < 500


def test_a_kconfig_of_ten_megabytes_is_refused_and_said(lint):
    many = "".join(f'config N{n}\n\tbool "n"\n\n' for n in range(500_000))
    code, state, why, _ = lint(KCONFIG + many)
    assert (code, state) == (4, "not-compiled")
    assert "Kconfig is larger than 8 MiB" in why


def test_what_does_not_compile_on_the_base_is_said_and_is_nobodys_fault(lint):
    bad = ("drivers/toy/spare.c", SPARE.replace("int a;", "#include <gone.h>"))
    code, state, why, _ = lint(more=[bad])
    assert (code, state) == (4, "not-compiled")
    assert why == ("it does not compile on the base: drivers/toy/spare.c:1: "
                   "gone.h: No such file or directory")


@pytest.mark.parametrize(("makefile", "why"), [
    ("# nothing\n", "no Makefile"),
    ("include $(src)/Makefile\n", "no Makefile"),
    ("obj-y += $(addsuffix .o,$(X))\nX = $(X)\n", "no Makefile")])
def test_a_file_that_no_makefile_builds_is_said(lint, makefile, why):
    code, state, said, err = lint(makefile=makefile)
    assert (code, state) == (4, "not-compiled"), err
    assert why in said
