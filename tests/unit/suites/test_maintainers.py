# SPDX-License-Identifier: GPL-2.0-or-later
"""The selftests that MAINTAINERS puts beside a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.suites import maintainers
from harness.suites.maintainers import belonging, sections

TEXT = """Maintainers List
----------------

KERNEL VIRTUAL MACHINE (KVM)
M:	Somebody <s@example.org>
F:	Documentation/virt/kvm/
F:	include/linux/kvm*
F:	tools/testing/selftests/kvm/
F:	virt/kvm/*
X:	virt/kvm/old/

FUTEX SUBSYSTEM
F:	kernel/futex/
F:	tools/testing/selftests/futex/
F:	tools/testing/selftests/locking/*

SOMETHING ELSE
F:	fs/else/
"""


def why(path, text=TEXT):
    return belonging([path], sections(text))


def test_sections_that_name_selftests_are_kept():
    assert [(s.title, s.targets) for s in sections(TEXT)] == [
        ("KERNEL VIRTUAL MACHINE (KVM)", ("kvm",)), ("FUTEX SUBSYSTEM", ("futex", "locking"))]


@pytest.mark.parametrize(("path", "targets"), [
    ("virt/kvm/a.c", ["kvm"]), ("include/linux/kvm_host.h", ["kvm"]),
    ("Documentation/virt/kvm/x/api.rst", ["kvm"]), ("kernel/futex/core.c", ["futex", "locking"]),
    ("virt/kvm/x/a.c", []), ("virt/kvm/old/a.c", []), ("fs/else/a.c", []), ("kernel/futexes.c", []),
    ("include/linux/kv.h", [])])
def test_a_section_that_names_both(path, targets):
    assert list(why(path)) == targets


def test_the_reason_names_the_section():
    assert why("virt/kvm/a.c")["kvm"] == (
        'MAINTAINERS, "KERNEL VIRTUAL MACHINE (KVM)", has both it and virt/kvm/a.c')


def test_selftests_of_the_series_itself_belong():
    assert why("tools/testing/selftests/mm/new.c") == {
        "mm": "the series changes tools/testing/selftests/mm/new.c"}
    assert why("tools/testing/selftests/Makefile") == {}


def test_a_section_about_half_the_kernel_says_nothing(monkeypatch):
    monkeypatch.setattr(maintainers, "MOST_FILES", 2)
    assert why("virt/kvm/a.c") == {}


def test_a_last_section_without_a_line_after_it_counts():
    assert why("a/b.c", "T\nF:\ta/\nF:\ttools/testing/selftests/a/") != {}


@given(st.text("TF:X: \ta/*?.\nM", max_size=200), st.text("a/.*", max_size=20))
def test_any_text_is_read(text, path):
    why(path, text + "\nT\nF:\ttools/testing/selftests/a\nF:\t" + text.replace("\n", "") + "\n")
