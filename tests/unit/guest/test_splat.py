# SPDX-License-Identifier: GPL-2.0-or-later

from hypothesis import given
from hypothesis import strategies as st

from harness.guest import splat
from tests.make import DATA

CONSOLE = DATA / "console"


def lines(name):
    return (CONSOLE / name).read_text("utf-8", "replace").splitlines()


def test_a_real_use_after_free_is_named_with_its_test_and_function():
    found, again = splat.find(lines("use_after_free.log"))
    assert again.during == found.during, "the same process oopses once more while it is torn down"
    assert found.during == "unregister.wrong_bus_leaves_a_pio_zone"
    assert "use after free" in found.title
    assert found.title.endswith("in __kvm_io_bus_write")
    assert "0x" not in found.title.replace("0x6b", "")


def test_each_report_is_its_own_and_knows_its_test():
    warning, panic = splat.find(lines("warning_between_tests.log"))
    assert (warning.title, warning.during) == (
        "WARNING: at virt/kvm/kvm_main.c:100 kvm_run", "ring.last")
    assert panic.title.startswith("Kernel panic - not syncing: Fatal exception")
    assert panic.during == "ring.next"
    assert "end trace" in warning.text
    assert "panic" not in warning.text


def test_what_is_fatal():
    assert splat.is_fatal("[    1.0] Oops: 0000 [#1] SMP")
    assert splat.is_fatal("BUG: unable to handle page fault for address: ffff")
    assert not splat.is_fatal("[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1")
    assert not splat.is_fatal("BUG: sleeping function called from invalid context")
    assert splat.is_panic("[ 1.0] Kernel panic - not syncing: x")
    assert not splat.is_panic("# ok Kernel panic")


@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_console_is_read(console):
    splat.find(console)
