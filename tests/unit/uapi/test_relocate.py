# SPDX-License-Identifier: GPL-2.0-or-later
"""Relocations at once: what pyelftools makes of the same object must be the same."""

import contextlib
import io

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from harness.uapi import relocate
from tests.make import DATA

OBJECTS = sorted((DATA / "dwarf").glob("*.o"))


def names(elf, *, relocated):
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=relocated)
    return [(die.tag, {k: v.value for k, v in die.attributes.items()})
            for unit in dwarf.iter_CUs() for die in unit.iter_DIEs()]


@pytest.mark.parametrize("path", OBJECTS, ids=lambda p: p.name)
def test_debug_information_is_the_same(path):
    data = path.read_bytes()
    mine = relocate.opened(data)
    theirs = ELFFile(io.BytesIO(data))
    if theirs.has_dwarf_info():
        assert names(mine, relocated=not relocate.done(mine)) == names(theirs, relocated=True)


def test_an_object_for_another_machine_stays_as_it_is():
    data = (DATA / "dwarf" / "values-big.o").read_bytes()
    elf = relocate.opened(data)
    assert elf.stream.getvalue() == data
    assert not relocate.done(elf)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_a_damaged_object_ends_in_an_error_that_is_known(at, damage):
    data = bytearray((DATA / "dwarf" / "calls.o").read_bytes())
    at %= len(data) - len(damage)
    data[at:at + len(damage)] = damage
    with contextlib.suppress(*relocate.UNREADABLE):
        assert len(relocate.opened(bytes(data)).stream.getvalue()) == len(data)
