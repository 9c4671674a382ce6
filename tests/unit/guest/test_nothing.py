# SPDX-License-Identifier: GPL-2.0-or-later
"""The program that does nothing."""

import io

from elftools.elf.elffile import ELFFile

from harness.guest.nothing import NOTHING


def test_it_is_a_program_of_one_segment_with_its_code_at_the_end():
    elf = ELFFile(io.BytesIO(NOTHING.content))
    (segment,) = elf.iter_segments()
    assert elf["e_type"] == "ET_EXEC"
    assert elf["e_entry"] - segment["p_vaddr"] == len(NOTHING.content) - 9
    assert segment["p_filesz"] == len(NOTHING.content)
