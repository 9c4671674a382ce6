# SPDX-License-Identifier: GPL-2.0-or-later
"""Building, with real make and gcc on the toy kernel."""

from dataclasses import replace

import pytest

from harness.apply import apply_series
from harness.build import codecheck, kbuild, kconfig, kernel, listed
from harness.errors import CommandFailedError, InfrastructureError
from harness.intake import read_series
from harness.model import Kconfig, PatchFile, Sources
from tests import make
from tests.integration.conftest import BROKEN, CODE, MENDED

ARM = """machine-$(CONFIG_ARCH_B) += b
core-y += $(patsubst %,arch/arm/mach-%/,$(machine-y)) arch/arm/kernel/
libs-y := arch/arm/lib/lib.a
"""
CONFIG = Kconfig(("CONFIG_TOY=y\n",))


@pytest.fixture
def builder(tmp_path, box):
    said = []
    maker = kbuild.Builder(tmp_path / "cache", box, 2, 60, said.append, tmp_path / "log")
    return maker, said


@pytest.fixture
def patched(fake, mail):
    return lambda diff: apply_series(read_series(mail(diff)), fake, fake.commit)


def test_the_base_is_built_once(builder, fake):
    maker, _ = builder
    first = kernel.base(maker, fake, fake.commit, CONFIG)
    again = kernel.base(maker, fake, fake.commit, CONFIG)
    assert (first.cached, again.cached) == (False, True)
    assert first.path == again.path
    assert "CONFIG_TOY=y" in (first.build_dir / ".config").read_text()


def test_only_what_the_series_touches_is_compiled(builder, fake, patched, tmp_path):
    maker, _ = builder
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    maker.log.unlink()
    image, _ = kernel.patched(maker, patched(CODE), start, CONFIG, tmp_path / "cache" / "work")
    log = maker.log.read_text()
    assert "CC      drivers/toy/toy.o" in log
    assert "other.o" not in log
    assert image.path.read_bytes() != start.path.read_bytes()
    source = start.build_dir.parent / "src" / "drivers" / "toy" / "toy.c"
    assert "zone->addr == 1" not in source.read_text(), "the base's sources must stay as they are"


def test_a_build_error_of_the_series_is_a_finding_with_its_place(builder, fake, patched, tmp_path):
    maker, _ = builder
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    with pytest.raises(CommandFailedError) as error:
        kernel.patched(maker, patched(CODE.replace("zone->addr", "zone->adr")), start, CONFIG,
                      tmp_path / "cache" / "work")
    found = kernel.finding(error.value)
    assert str(found.where) == "drivers/toy/toy.c:6"
    assert "no member named" in found.message


README = """diff --git a/README b/README
--- a/README
+++ b/README
@@ -1,2 +1,3 @@
 A kernel of ten files: enough for git, make and gcc to be real in tests. The
 Makefile knows tinyconfig, olddefconfig and vmlinux with O= as kbuild does.
+More.
"""


DOCUMENT = """diff --git a/Documentation/x.rst b/Documentation/x.rst
new file mode 100644
--- /dev/null
+++ b/Documentation/x.rst
@@ -0,0 +1 @@
+More.
"""


def test_every_patch_builds_by_itself_or_is_named(builder, fake, mail, tmp_path):
    maker, _ = builder
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    for n, diff in enumerate((README, BROKEN, MENDED), 1):
        folder = mail(diff, f" {n}/3", f"{n}.patch").parent
    applied = apply_series(read_series(folder), fake, fake.commit)
    work = tmp_path / "cache" / "work"
    _, ((number, error),) = kernel.patched(maker, applied, start, CONFIG, work)
    found = codecheck.not_bisectable(error, number, 3)
    assert (found.patch, str(found.where)) == (2, "drivers/toy/toy.c:6")
    assert "patch 2 of 3 does not build by itself" in found.message


def test_what_cannot_change_the_kernel_is_not_built_twice(builder, fake, mail, tmp_path):
    maker, _ = builder
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    mail(CODE, " 2/2", "2.patch")
    folder = mail(DOCUMENT, " 1/2", "1.patch").parent
    applied = apply_series(read_series(folder), fake, fake.commit)
    maker.log.unlink()
    kernel.patched(maker, applied, start, CONFIG, tmp_path / "cache" / "work")
    assert maker.log.read_text().count("LD      vmlinux") == 1


def test_new_warnings_only(builder, fake, mail, box, tmp_path):
    maker, _ = builder
    start = kernel.base(maker, fake, fake.commit, CONFIG)
    work = tmp_path / "cache" / "work"
    unused = CODE.replace("@@ -3,7 +3,7 @@", "@@ -3,7 +3,8 @@").replace(
        "+\tif", "+\tint unused;\n+\tif")
    series = read_series(mail(unused))
    series = replace(series, patches=(*series.patches, make.patch(files=(
        PatchFile("drivers/toy/never.c", "drivers/toy/never.c", 1, 0),))))
    applied = apply_series(read_series(mail(unused)), fake, fake.commit)
    image, _ = kernel.patched(maker, applied, start, CONFIG, work)
    (image.sources.root / "drivers" / "toy" / "never.c").write_text("int never;\n")
    sides = tuple(codecheck.BuildSide(i.sources, i.build_dir)
                  for i in (start, image))
    found, notices, lacking = codecheck.check(series, sides, box, tmp_path / "log")
    assert [(f.rule, str(f.where)) for f in found] == [("warning-w1", "drivers/toy/toy.c:6")]
    assert "unused variable" in found[0].message
    assert any("drivers/toy/never.c: not compiled" in n for n in notices)
    assert not any("NOT_RUN" in n for n in notices), "what could not be asked is no note"
    assert all(" NOT_RUN: not installed" in n for n in lacking)
    again, _, _ = codecheck.check(series, (sides[1], sides[1]), box, tmp_path / "log")
    assert again == ()


def test_a_symbol_that_vanishes_is_named(builder, fake):
    maker, _ = builder
    with pytest.raises(InfrastructureError, match="lost CONFIG_GONE=y"):
        kernel.base(maker, fake, fake.commit, Kconfig(("CONFIG_GONE=y\n",)))
    assert not list((maker.cache / "kernels").glob("*/done"))


def test_too_little_space_is_said_before_anything_is_written(tmp_path):
    with pytest.raises(InfrastructureError, match="MiB free"):
        kernel.need_space(tmp_path, 1 << 60)


def test_a_build_that_was_cut_off_is_made_again(builder, fake):
    maker, _ = builder
    image = kernel.base(maker, fake, fake.commit, CONFIG)
    (image.build_dir.parent / "done").unlink()  # what kill -9 would have left
    assert kernel.base(maker, fake, fake.commit, CONFIG).cached is False


def test_variants_are_built_one_after_the_other_from_the_same_start(
        builder, fake, patched, tmp_path):
    """Each compiles what it changes and nothing of the one before; the start stays as it is."""
    maker, _ = builder
    image = kernel.base(maker, fake, fake.commit, CONFIG)
    right = image.path.read_bytes()
    start = kernel.FinishedBuild(image.sources, image.build_dir, fake.commit, "vmlinux")
    bench = tmp_path / "cache" / "bench"
    log = tmp_path / "first"
    one = kernel.variant(replace(maker, log=log), fake, start, patched(CODE).head, bench)
    assert one.read_bytes() != right
    assert "toy.o" in log.read_text()
    assert "other.o" not in log.read_text()
    same = kernel.variant(replace(maker, log=tmp_path / "second"), fake, start, fake.commit, bench)
    assert same.read_bytes() == right, "nothing of the first variant may be left"
    assert image.path.read_bytes() == right


def test_a_variant_that_does_not_compile_names_the_place_and_leaves_no_trace(
        builder, fake, patched, tmp_path):
    maker, _ = builder
    image = kernel.base(maker, fake, fake.commit, CONFIG)
    start = kernel.FinishedBuild(image.sources, image.build_dir, fake.commit, "vmlinux")
    bench = tmp_path / "cache" / "bench"
    bad = patched(CODE.replace("zone->addr", "zone->adr")).head
    with pytest.raises(CommandFailedError) as error:
        kernel.variant(replace(maker, log=tmp_path / "log"), fake, start, bad, bench)
    assert error.value.tail.startswith("drivers/toy/toy.c:6: ")
    same = kernel.variant(maker, fake, start, fake.commit, bench)
    assert same.read_bytes() == image.path.read_bytes()


def test_a_kernel_with_kasan_is_no_pvh_image():
    """Its PVH entry is instrumented and dies before there is shadow memory."""
    assert kconfig.image_of("CONFIG_PVH=y\n# CONFIG_KASAN is not set\n") == "vmlinux"
    assert kconfig.image_of("CONFIG_PVH=y\nCONFIG_KASAN=y\n") == "arch/x86/boot/bzImage"


@pytest.mark.parametrize(("makefile", "objects"), [
    (ARM, {"arch/arm/mach-b/b.o", "arch/arm/kernel/a.o"}),
    ("$(error no)\n", set()), (f"{ARM}$(shell exit 1)\n", {
        "arch/arm/mach-b/b.o", "arch/arm/kernel/a.o"})])
def test_the_folders_that_an_architectures_makefile_enters(builder, tmp_path, makefile, objects):
    maker, _ = builder
    src, out = tmp_path / "src", tmp_path / "out"
    for name, text in {
            "arch/arm/Makefile": makefile, "arch/arm/mach-a/Makefile": "obj-y += a.o\n",
            "arch/arm/mach-b/Makefile": "obj-y += b.o\n",
            "arch/arm/kernel/Makefile": "obj-y += a.o\n", "scripts/Kbuild.include": "",
            "scripts/Makefile.build": "include $(srctree)/$(obj)/Makefile\n"
                                      "real-obj-y := $(addprefix $(obj)/,$(obj-y))\n"}.items():
        (src / name).parent.mkdir(parents=True, exist_ok=True)
        (src / name).write_text(text)
    (out / "include" / "config").mkdir(parents=True)
    (out / "include" / "config" / "auto.conf").write_text("CONFIG_ARCH_B=y\n")
    root = maker.sandbox.path(src, "/src")
    assert set(listed.listed(maker, Sources(src), out, {"srctree": root, "SRCARCH": "arm"}, (
        "arch/arm/mach-a", "arch/arm/mach-b", "arch/arm/kernel"))) == objects
