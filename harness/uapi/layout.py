# SPDX-License-Identifier: GPL-2.0-or-later
"""DWARF of a small object -> struct layouts and enum constants.

Traps (measured with gcc 12, DWARF 5): names are bytes; bit-fields have
DW_AT_data_bit_offset and no member location; anonymous members have no name
and must be walked into; flexible arrays have a subrange without a bound;
declarations have no size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from harness.model import Member, StructLayout

_KINDS = {"DW_TAG_structure_type": "struct", "DW_TAG_union_type": "union",
          "DW_TAG_enumeration_type": "enum"}
_PEEL = {"DW_TAG_const_type": "const ", "DW_TAG_volatile_type": "volatile "}


def _name(die: Any) -> str:
    value = die.attributes.get("DW_AT_name")
    return value.value.decode("utf-8", "replace") if value else ""


def _number(die: Any, key: str, default: int = 0) -> int:
    value = die.attributes.get(key)
    return int(value.value) if value is not None and isinstance(value.value, int) else default


def _type(die: Any) -> Any:
    return die.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in die.attributes else None


def _peel(die: Any) -> Any:
    while die is not None and (die.tag in _PEEL or die.tag == "DW_TAG_typedef"):
        die = _type(die)
    return die


def _bounds(die: Any) -> list[int]:
    """Elements per dimension; 0 for a flexible or zero-length one."""
    sizes = []
    for child in die.iter_children():
        if child.tag == "DW_TAG_subrange_type":
            if "DW_AT_count" in child.attributes:
                sizes.append(_number(child, "DW_AT_count"))
            else:
                upper = _number(child, "DW_AT_upper_bound", -1)
                sizes.append(0 if upper in {-1, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF} else upper + 1)
    return sizes


def _size(die: Any, word: int) -> int:
    die = _peel(die)
    if die is None:
        return 0
    if die.tag == "DW_TAG_array_type":
        total = _size(_type(die), word)
        for count in _bounds(die):
            total *= count
        return total
    if die.tag == "DW_TAG_pointer_type":
        return _number(die, "DW_AT_byte_size", word)
    return _number(die, "DW_AT_byte_size")


def _text(die: Any, word: int) -> str:
    """A type in words that do not depend on typedef names: ``u32``, ``u8[8]``."""
    die = _peel(die)
    if die is None:
        return "void"
    if die.tag == "DW_TAG_base_type":
        size = _number(die, "DW_AT_byte_size") * 8
        kind = {2: "bool", 4: "float"}.get(_number(die, "DW_AT_encoding"))
        return kind or f"{'s' if _signed(die) else 'u'}{size}"
    if die.tag == "DW_TAG_array_type":
        return _text(_type(die), word) + "".join(f"[{n or ''}]" for n in _bounds(die))
    if die.tag == "DW_TAG_pointer_type":
        return "pointer"
    if die.tag in _KINDS:
        return f"{_KINDS[die.tag]} {_name(die) or '(anonymous)'}"
    return str(die.tag)


def _signed(die: Any) -> bool:
    die = _peel(die)
    while die is not None and die.tag == "DW_TAG_array_type":
        die = _peel(_type(die))
    if die is None or die.tag != "DW_TAG_base_type":
        return False
    return _number(die, "DW_AT_encoding") in {5, 6, 13}  # signed, signed_char, signed_fixed


def _align(die: Any, word: int) -> int:
    """Alignment of a type as the psABI gives it; explicit aligned() wins."""
    die = _peel(die)
    if die is None:
        return 1
    if "DW_AT_alignment" in die.attributes:
        return _number(die, "DW_AT_alignment")
    if die.tag == "DW_TAG_array_type":
        return _align(_type(die), word)
    if die.tag in {"DW_TAG_structure_type", "DW_TAG_union_type"}:
        return max((_align(_type(c), word) for c in die.iter_children()
                    if c.tag == "DW_TAG_member"), default=1)
    size = _size(die, word)
    return min(size, word) if size else 1  # i386 aligns 8-byte types to 4


def _members(die: Any, base: int, prefix: str, word: int) -> list[Member]:
    found: list[Member] = []
    for child in die.iter_children():
        if child.tag != "DW_TAG_member":
            continue
        offset = base + _number(child, "DW_AT_data_member_location")
        name, kind = _name(child), _peel(_type(child))
        inner = kind is not None and kind.tag in {"DW_TAG_structure_type", "DW_TAG_union_type"}
        if not name and inner:
            found += _members(kind, offset, prefix, word)
            continue
        bits = _number(child, "DW_AT_bit_size")
        at = base * 8 + _number(child, "DW_AT_data_bit_offset") if bits else 0
        found.append(Member(
            prefix + name, at // 8 if bits else offset, _size(_type(child), word),
            _text(_type(child), word), _signed(_type(child)), bits, at))
        if inner and not _name(kind):
            found += _members(kind, offset, f"{prefix}{name}.", word)
    return found


def _files(unit: Any, dwarf: Any) -> dict[int, str]:
    """File numbers of a compilation unit -> base names with their last directory."""
    program = dwarf.line_program_for_CU(unit)
    names: dict[int, str] = {}
    directories = program["include_directory"]
    start = 0 if program["version"] >= 5 else 1
    for number, entry in enumerate(program["file_entry"], start):
        where = directories[entry.dir_index] if entry.dir_index < len(directories) else b""
        names[number] = (where + b"/" + entry.name).decode("utf-8", "replace")
    return names


def read(path: Path, header: str,
         ) -> tuple[tuple[StructLayout, ...], dict[str, int], dict[str, int]]:
    """Layouts and enum constants that ``header`` itself defines.

    Returns (layouts, constants, line of each constant). Included headers do
    not count: each is looked at under its own name.
    """
    with path.open("rb") as handle:
        elf = ELFFile(handle)
        word = 8 if elf.elfclass == 64 else 4
        dwarf = elf.get_dwarf_info()
        layouts: dict[str, StructLayout] = {}
        constants: dict[str, int] = {}
        lines: dict[str, int] = {}
        for unit in dwarf.iter_CUs():
            files = _files(unit, dwarf)
            for die in unit.get_top_DIE().iter_children():
                mine = files.get(_number(die, "DW_AT_decl_file"), "").endswith(header)
                if die.tag not in _KINDS or not mine or "DW_AT_declaration" in die.attributes:
                    continue
                line = _number(die, "DW_AT_decl_line")
                if die.tag == "DW_TAG_enumeration_type":
                    for child in die.iter_children():
                        constants[_name(child)] = _number(child, "DW_AT_const_value")
                        lines[_name(child)] = line
                if not _name(die):
                    continue
                name = f"{_KINDS[die.tag]} {_name(die)}"
                members = () if die.tag == "DW_TAG_enumeration_type" else tuple(
                    _members(die, 0, "", word))
                layouts[name] = StructLayout(
                    name, _number(die, "DW_AT_byte_size"), _align(die, word), members, line)
        return tuple(layouts.values()), constants, lines
