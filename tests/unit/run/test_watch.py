# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the changed lines are in a kernel: asked once, and what is lost is said."""

from dataclasses import replace

import pytest

from harness.build import linetables
from harness.cover import linetable
from harness.cover.linetable import Function, Row, Table
from harness.errors import CommandFailedError
from harness.evidence import Changed
from harness.run import watch as module
from harness.run.state import Configured
from harness.run.watch import watch
from tests.unit.run.toys import built, counted, image, raises, reusing

A = "fs/a.c"
TABLE = Table((Function("f", 1, 0, 16),), (Row(1, 4, 8, A, 1),))


@pytest.fixture
def known(tmp_path, git, versions):
    """A run whose patched kernel has an object of the file that changes."""
    one = reusing(built(tmp_path, git))
    out = one.image_patched.build_dir
    (out / "fs").mkdir(exist_ok=True)
    (out / "fs" / ".a.o.cmd").write_text("cmd_fs/a.o := gcc -c -o fs/a.o fs/a.c\n")
    return one


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.setattr(linetables, "with_lines", counted(b"ELF"))
    monkeypatch.setattr(linetables, "symbols", counted("1000 10 T f\n"))
    monkeypatch.setattr(linetable, "read", counted(TABLE))


def test_lines_are_found_and_asked_for_once(known, tables):
    found = watch(known, known.image_patched)
    assert (found.ranges, found.places, found.lost) == (((0x1000, 16),), {(A, 1)}, ())
    assert watch(known, known.image_patched) == found
    assert len(linetables.with_lines.calls) == 1
    ((_, wanted, _), _) = linetable.read.calls[0]
    assert wanted == {A: frozenset({1})}


def test_other_lines_of_the_same_tree_are_another_question(known, tables):
    watch(known, known.image_patched)
    watch(replace(known, files=(Changed(A, "", "a\nb\n", (), (1, 2)),)), known.image_patched)
    assert [wanted[A] for (_, wanted, _), _ in linetable.read.calls] == [{1}, {1, 2}]


def test_who_knows_the_lines_needs_no_object(known, tables, tmp_path):
    image_ = known.image_patched
    assert not module.known(known, image_)
    kvm = replace(known, request=replace(known.request, settings=replace(
        known.settings, accel="kvm")))
    assert module.known(kvm, image_), "nobody asks there"
    assert module.known(replace(known, files=()), image_)
    watch(known, image_)
    assert module.known(known, image_)


def test_that_nothing_was_found_is_known_too(known, tables, monkeypatch):
    monkeypatch.setattr(linetable, "read", counted(Table()))
    watch(known, known.image_patched)
    watch(known, known.image_patched)
    assert len(linetable.read.calls) == 1


def test_another_kernel_is_asked(known, tables, tmp_path):
    watch(known, known.image_patched)
    other = image(tmp_path / "o", b"other")
    assert watch(known, other).spans == (), "it has no such object"


def test_what_changes_no_code_needs_no_kernel(known, tables):
    for row in (Changed(A, "int a;\n", "int a; /* b */\n", (1,), (1,)),
                Changed("Documentation/a.rst", "a\n", "b\n", (1,), (1,)),
                Changed(A, "int a;\nint b;\n", "int a;\n", (2,), ())):
        assert watch(replace(known, files=(row,)), known.image_patched).spans == ()
    assert linetables.with_lines.calls == []


@pytest.mark.parametrize(("name", "error"), [
    ("with_lines", CommandFailedError("gcc", 1, "no")),
    ("symbols", CommandFailedError("nm", 1, "no"))])
def test_what_cannot_be_had_is_lost_and_asked_for_again(known, tables, monkeypatch, name, error):
    monkeypatch.setattr(linetables, name, raises(error))
    found = watch(known, known.image_patched)
    assert found.spans == ()
    assert found.lost
    monkeypatch.setattr(linetables, name, counted(
        b"ELF" if name == "with_lines" else "1000 10 T f\n"))
    assert watch(known, known.image_patched).spans


def test_a_damaged_table_is_lost(known, tables, monkeypatch):
    monkeypatch.setattr(linetable, "read", raises(ValueError("odd")))
    (lost,) = watch(known, known.image_patched).lost
    assert str(lost) == "fs/a.o: its line table: ValueError"


def test_a_kernel_that_is_not_there_any_more_is_said(known, tables):
    (known.image_patched.build_dir / ".config").unlink(missing_ok=True)
    gone = replace(known.image_patched, path=known.image_base.path)
    assert str(watch(known, gone).lost[0]) == "vmlinux: its objects are not there any more"


def test_a_header_is_looked_at_through_those_that_include_it(known):
    one = replace(known, configured=Configured(users=(("include/linux/a.h", (A, "fs/no.c")),)))
    assert module._objects(one, known.image_patched.build_dir, ["include/linux/a.h", A]) == (
        ("fs/a.o",), ())


def test_tests_that_include_a_header_come_first_and_few_others(known):
    out = known.image_patched.build_dir
    others = [f"fs/n{n}.c" for n in range(20)]
    tests = ["fs/inode-test.c", "fs/x_kunit.c", "fs/tests/deep.c"]
    (out / "fs" / "tests").mkdir()
    for path in (*others, *tests):
        name = f"{path.removesuffix('.c')}.o"
        folder, _, base = name.rpartition("/")
        (out / folder / f".{base}.cmd").write_text(f"cmd_{name} := gcc -c -o {name} {path}\n")
    one = replace(known, configured=Configured(users=(
        ("fs/a.h", ("fs/not-built.c", *others, *tests, "fs/latest.c")),)))
    found, cut = module._objects(one, out, ["fs/a.h"])
    assert cut == ("fs/a.h",), "what of it did not run there may have run elsewhere"
    assert found[:4] == ("fs/inode-test.o", "fs/x_kunit.o", "fs/tests/deep.o", "fs/n0.o")
    assert len(found) == module.FEW
