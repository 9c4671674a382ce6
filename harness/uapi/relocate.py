# SPDX-License-Identifier: GPL-2.0-or-later
"""The relocations of debug sections, applied at once.

pyelftools looks each one up by itself, which takes half of the time that reading the DWARF of a
header does. In an object file that is compiled alone all of them point into other debug
sections, whose symbols have the value 0: what remains is the addend (psABI of x86-64, 4.4.1).
"""

from __future__ import annotations

import io
import struct

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

# What pyelftools raises, in its own words or in Python's, when sections hold something else.
UNREADABLE = (ELFError, DWARFError, ConstructError, struct.error, LookupError, ValueError,
              AttributeError, TypeError, ArithmeticError, RecursionError, AssertionError)
_WIDTHS = {1: "<Q", 10: "<I"}  # R_X86_64_64, R_X86_64_32


def done(elf: ELFFile) -> bool:
    """Whether nothing is left to do for an object that ``opened`` gave back.

    i386 keeps the addend where it belongs (its psABI has REL and no RELA).
    """
    return elf.header["e_machine"] in {"EM_X86_64", "EM_386"}


def opened(data: bytes) -> ELFFile:
    """An object with the relocations of its debug sections applied; others are as they were.

    Raises one of ``UNREADABLE`` where this is no ELF file: a header's asm can write into sections.
    """
    stream = io.BytesIO(data)
    elf = ELFFile(stream)
    if elf.header["e_machine"] == "EM_X86_64":
        with stream.getbuffer() as out:
            _relocate(elf, out)
    return elf


def _relocate(elf: ELFFile, out: memoryview) -> None:
    for section in elf.iter_sections():
        if section["sh_type"] != "SHT_RELA" or not section.name.startswith(".rela.debug_"):
            continue
        target = elf.get_section(section["sh_info"])
        symbols = elf.get_section(section["sh_link"])
        values = [s["st_value"] for s in symbols.iter_symbols()] if isinstance(
            symbols, SymbolTableSection) else []
        for offset, info, addend in struct.iter_unpack("<QQq", section.data()):
            form = _WIDTHS.get(info & 0xFFFFFFFF)
            at = target["sh_offset"] + offset
            if form is None or info >> 32 >= len(values) or offset >= target["sh_size"]:
                continue
            value = values[info >> 32] + addend
            struct.pack_into(form, out, at, value & ((1 << 8 * struct.calcsize(form)) - 1))
