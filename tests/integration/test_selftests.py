# SPDX-License-Identifier: GPL-2.0-or-later
"""A target of the selftests, built in the sandbox by its own Makefile."""

import zlib

import pytest

from harness.build import kbuild, selftests
from harness.model import Sources

pytestmark = pytest.mark.integration
MAKEFILE = """\
CFLAGS += -I../../../../usr/include
TEST_GEN_PROGS := $(OUTPUT)/one $(OUTPUT)/two
all: $(TEST_GEN_PROGS)
$(OUTPUT)/%: %.c
\t$(CC) $(CFLAGS) $< -o $@ $(LDFLAGS)
"""
PROGRAM = "#include <linux/toy_of_ours.h>\nint main(void) { return TOY; }\n"


@pytest.mark.parametrize("place", [True, False], ids=["usr/include", "a tree before 5.2"])
def test_programs_see_the_trees_own_headers(box, tmp_path, place):
    source = tmp_path / "src" / "tools/testing/selftests/toy"
    headers, out = tmp_path / "headers", tmp_path / "out"
    for folder in (source, headers / "linux", *([tmp_path / "src/usr/include"] * place)):
        folder.mkdir(parents=True)
    (headers / "linux/toy_of_ours.h").write_text("#define TOY 0\n")
    (source / "Makefile").write_text(MAKEFILE)
    (source / "one.c").write_text(PROGRAM)
    (source / "two.c").write_text("int main(void) { return gone; }\n")
    maker = kbuild.Builder(tmp_path / "cache", box, 2, 60, print, tmp_path / "log")
    made = selftests.build(maker, Sources(tmp_path / "src"), headers, out, "toy")
    ((name, content),) = made.programs
    assert (name, zlib.decompress(content)[:4]) == ("one", b"\x7fELF")
    ((name, why),) = made.failed
    assert name == "two"
    assert "gone" in why
    assert list((tmp_path / "src").rglob("*.o")) == []
