# SPDX-License-Identifier: GPL-2.0-or-later
"""The line table of one object: which of its code comes from which line of a source. Pure.

Inlined code has the lines that it was written in. Where several lines begin at one place, the code
is that of the last: the others have none of their own. Addresses of an object count from the start
of a section; which one is in the relocations (DWARF 4, section 6.2.5.3).
"""

from __future__ import annotations

import io
import posixpath
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

MOST = 64 << 20  # bytes of an object
MOST_ROWS = 1_000_000
_SECTION = 40  # an address in the table: the section's number above, what is in it below
_BELOW = (1 << _SECTION) - 1
# What a damaged object makes of the library, as in uapi.relocate.
UNREADABLE = (ELFError, DWARFError, ConstructError, struct.error, LookupError, ValueError,
              AttributeError, TypeError, ArithmeticError, RecursionError, AssertionError)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an object; ``start`` and ``size`` are bytes of its section."""

    name: str
    section: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Row:
    """Code from ``start`` to ``end`` (not included) that comes from a line of a file.

    Where both are the same the line begins there, and the code is another one's. ``begins``: a
    statement begins here (``is_stmt``); other code of a line may stand where it does not run, as
    the constant of a ``return`` that gcc loads before it compares.
    """

    section: int
    start: int
    end: int
    path: str
    line: int
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The functions of an object, and its code by lines of the files that were asked for."""

    functions: tuple[Function, ...] = ()
    rows: tuple[Row, ...] = ()


def read(data: bytes, wanted: Mapping[str, frozenset[int]], root: str = "/src") -> Table:
    """Read the functions, and the code of the ``wanted`` lines (of paths in the tree).

    ``root``: where the tree was when it was compiled.

    Raises one of ``UNREADABLE`` for what is no such object.
    """
    if len(data) > MOST:
        raise ValueError(f"{len(data)} bytes")
    elf = ELFFile(io.BytesIO(data))
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False)
    if dwarf.debug_line_sec is None:
        raise ValueError("no line table")
    _put_sections(elf, dwarf.debug_line_sec.stream)
    rows: list[Row] = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is not None:
            rows += _rows(program, wanted, root)
    return Table(tuple(_functions(elf)), tuple(dict.fromkeys(rows)))


def _put_sections(elf: ELFFile, stream: IO[bytes]) -> None:
    """Write addresses into the line table that say which section they are of."""
    relocations = elf.get_section_by_name(".rela.debug_line")
    if not isinstance(relocations, RelocationSection):
        return
    symbols = elf.get_section(relocations["sh_link"])
    if not isinstance(symbols, SymbolTableSection):
        raise ELFError("no symbols")
    for row in relocations.iter_relocations() if elf.elfclass == 64 else ():
        symbol = symbols.get_symbol(row["r_info_sym"])
        number = symbol["st_shndx"]
        if isinstance(number, int):
            stream.seek(row["r_offset"])
            stream.write(struct.pack(
                "<Q" if elf.little_endian else ">Q",
                (number << _SECTION) + ((symbol["st_value"] + row["r_addend"]) & _BELOW)))


def _functions(elf: ELFFile) -> Iterator[Function]:
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return
    for symbol in table.iter_symbols():
        number = symbol["st_shndx"]
        if symbol["st_info"]["type"] == "STT_FUNC" and isinstance(number, int) and (
                symbol["st_size"]):
            yield Function(symbol.name, number, symbol["st_value"], symbol["st_size"])


def _rows(program: object, wanted: Mapping[str, frozenset[int]], root: str) -> Iterator[Row]:
    """The rows of one line program that are asked for; each ends where the next one begins."""
    names = _names(program, wanted, root)
    last = None
    for number, entry in enumerate(program.get_entries()):  # type: ignore[attr-defined]
        if number > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows")
        state = entry.state
        if state is None:
            continue
        if last is not None and last.address <= state.address and (
                last.address >> _SECTION == state.address >> _SECTION) and (
                path := names.get(last.file, "")) and last.line in wanted[path]:
            yield Row(last.address >> _SECTION, last.address & _BELOW, state.address & _BELOW,
                      path, last.line, bool(last.is_stmt))
        last = None if state.end_sequence else state


def _names(program: object, wanted: Mapping[str, frozenset[int]], root: str) -> dict[int, str]:
    """The files of a program that are asked for, by number."""
    header = program.header  # type: ignore[attr-defined]
    folders = [f if isinstance(f, bytes) else b"" for f in header["include_directory"]]
    found: dict[int, str] = {}
    for number, entry in enumerate(header["file_entry"], 1):
        folder = folders[entry.dir_index - 1] if 0 < entry.dir_index <= len(folders) else b""
        whole = posixpath.normpath(b"/".join(filter(None, (folder, entry.name))).decode(
            "utf-8", "surrogateescape"))
        path = whole.removeprefix(f"{root}/")  # what is below another folder is another file
        if path in wanted:
            found[number] = path
    return found
