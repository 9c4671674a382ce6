# SPDX-License-Identifier: GPL-2.0-or-later
"""DWARF of a small object -> struct layouts, typedefs and enum constants.

Traps (measured with gcc 12, DWARF 5): names are bytes; bit-fields have
DW_AT_data_bit_offset and no member location; anonymous members have no name
and must be walked into; flexible arrays have a subrange without a bound;
declarations have no size; ``typedef struct { } x_t`` is an anonymous struct
that only its typedef names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from harness.model import Function, Member, StructLayout
from harness.uapi import declare, relocate

_KINDS = {"DW_TAG_structure_type": "struct", "DW_TAG_union_type": "union",
          "DW_TAG_enumeration_type": "enum"}
_RECORDS = {"DW_TAG_structure_type", "DW_TAG_union_type"}
_PEEL = {"DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_typedef"}


class _Target(NamedTuple):
    """Bytes of a pointer, and the most that a scalar is aligned to."""

    word: int
    most: int


# Where scalars are aligned to less than their size (gcc, BIGGEST_ALIGNMENT and the psABIs).
_MOST_ALIGNED = {"EM_386": 4, "EM_68K": 2, "EM_SH": 4, "EM_S390": 8, "EM_ARM": 8}


@dataclass
class Types:
    """Definitions of a header; ``lines`` maps a constant to its line."""

    layouts: dict[str, StructLayout] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    visible: dict[str, str] = field(default_factory=dict)  # type name -> file, all headers
    enums: dict[str, int] = field(default_factory=dict)  # constant -> a number for its enum
    tags: dict[str, str] = field(default_factory=dict)  # constant -> its enum, if that has a name
    functions: dict[str, Function] = field(default_factory=dict)


def _name(die: Any) -> str:
    value = die.attributes.get("DW_AT_name")
    return value.value.decode("utf-8", "replace") if value else ""


def _number(die: Any, key: str, default: int = 0) -> int:
    value = die.attributes.get(key)
    return int(value.value) if value is not None and isinstance(value.value, int) else default


def _type(die: Any) -> Any:
    return die.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in die.attributes else None


def _peel(die: Any) -> Any:
    while die is not None and die.tag in _PEEL:
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


def _size(die: Any, target: _Target) -> int:
    die = _peel(die)
    if die is None:
        return 0
    if die.tag == "DW_TAG_array_type":
        total = _size(_type(die), target)
        for count in _bounds(die):
            total *= count
        return total
    if die.tag == "DW_TAG_pointer_type":
        return _number(die, "DW_AT_byte_size", target.word)
    return _number(die, "DW_AT_byte_size")


def _record_name(die: Any) -> str:
    """``struct x``; an anonymous one goes by the typedef that it was reached through."""
    typedef = ""
    while die is not None and die.tag in _PEEL:
        typedef = _name(die) if die.tag == "DW_TAG_typedef" else typedef
        die = _type(die)
    if die is None or die.tag not in _KINDS:
        return ""
    name = _name(die)
    return f"{_KINDS[die.tag]} {name}" if name else typedef or f"{_KINDS[die.tag]} (anonymous)"


def _text(die: Any, target: _Target) -> str:
    """A type in words that do not depend on typedef names: ``u32``, ``u8[8]``."""
    bare = _peel(die)
    if bare is None:
        return "void"
    if bare.tag == "DW_TAG_base_type":
        size = _number(bare, "DW_AT_byte_size") * 8
        kind = {2: "bool", 4: "float"}.get(_number(bare, "DW_AT_encoding"))
        return kind or f"{'s' if _signed(bare) else 'u'}{size}"
    if bare.tag == "DW_TAG_array_type":
        return _text(_type(bare), target) + "".join(f"[{n or ''}]" for n in _bounds(bare))
    if bare.tag == "DW_TAG_pointer_type":
        return "pointer"
    return _record_name(die) or str(bare.tag)


def _signed(die: Any) -> bool:
    die = _peel(die)
    while die is not None and die.tag in {"DW_TAG_array_type", "DW_TAG_enumeration_type"}:
        die = _peel(_type(die))  # of an enum: the integer that holds it
    if die is None or die.tag != "DW_TAG_base_type":
        return False
    return _number(die, "DW_AT_encoding") in {5, 6, 13}  # signed, signed_char, signed_fixed


def _align(die: Any, target: _Target) -> int:
    """Alignment of a type as the psABI gives it; explicit aligned() wins."""
    while die is not None and die.tag in _PEEL:
        if "DW_AT_alignment" in die.attributes:
            return _number(die, "DW_AT_alignment")
        die = _type(die)
    if die is None:
        return 1
    if "DW_AT_alignment" in die.attributes:
        return _number(die, "DW_AT_alignment")
    if die.tag == "DW_TAG_array_type":
        return _align(_type(die), target)
    if die.tag in _RECORDS:
        return _record_align(die, target)
    size = _size(die, target)
    return min(size, target.most) if size else 1


def _record_align(die: Any, target: _Target) -> int:
    """That of the member with most; less where ``packed`` shows, which DWARF does not name.

    A member off its alignment is packed itself; a size that is no multiple shows that the record
    is. A packed record that looks like any other cannot be told apart.
    """
    most = 1
    for member in die.iter_children():
        if member.tag == "DW_TAG_member":
            align = _number(member, "DW_AT_alignment") or _align(_type(member), target)
            at = _number(member, "DW_AT_data_member_location")
            if "DW_AT_bit_size" in member.attributes or at % align == 0:
                most = max(most, align)
    while most > 1 and _size(die, target) % most:
        most //= 2
    return most


def _members(die: Any, base: int, prefix: str, target: _Target) -> list[Member]:
    found: list[Member] = []
    for child in die.iter_children():
        if child.tag != "DW_TAG_member":
            continue
        offset = base + _number(child, "DW_AT_data_member_location")
        name, kind = _name(child), _peel(_type(child))
        inner = kind is not None and kind.tag in _RECORDS
        if not name and inner:
            found += _members(kind, offset, prefix, target)
            continue
        bits = _number(child, "DW_AT_bit_size")
        at = base * 8 + _number(child, "DW_AT_data_bit_offset") if bits else 0
        found.append(Member(
            prefix + name, at // 8 if bits else offset, _size(_type(child), target),
            _text(_type(child), target), _signed(_type(child)), bits, at,
            declare.declaration(_type(child)), declare.spelled(_type(child)),
            _number(child, "DW_AT_decl_line"), _number(child, "DW_AT_decl_column")))
        if inner and "(anonymous)" in _record_name(_type(child)):
            found += _members(kind, offset, f"{prefix}{name}.", target)
    return found


def _files(unit: Any, dwarf: Any) -> dict[int, str]:
    """File numbers of a compilation unit -> directory and name."""
    program = dwarf.line_program_for_CU(unit)
    names: dict[int, str] = {}
    directories = program["include_directory"]
    start = 0 if program["version"] >= 5 else 1
    for number, entry in enumerate(program["file_entry"], start):
        index = entry.dir_index if start == 0 else entry.dir_index - 1
        where = directories[index] if 0 <= index < len(directories) else b""
        names[number] = (where + b"/" + entry.name).decode("utf-8", "replace")
    return names


def _layout(name: str, die: Any, target: _Target, line: int) -> StructLayout:
    bare = _peel(die)
    members = tuple(_members(bare, 0, "", target)) if bare.tag in _RECORDS else (
        _held(bare, target),)
    return StructLayout(name, _size(bare, target), _align(die, target), members, line)


def _held(die: Any, target: _Target) -> Member:
    """The integer that holds the values of an enum."""
    size, signed = _size(die, target), _signed(die)
    return Member("", 0, size, f"{'s' if signed else 'u'}{size * 8}", signed)


def _typedef(die: Any, target: _Target, line: int) -> StructLayout | None:
    """A typedef: of an anonymous struct its layout, of a scalar its width and sign.

    Of a struct with a name of its own, and of a function, the type alone.
    """
    bare = _peel(die)
    if bare is None:
        return None
    if bare.tag == "DW_TAG_subroutine_type" or (bare.tag in _KINDS and _name(bare)):
        # it has no size of its own: what its name stands for is all that it is
        return StructLayout(_name(die), 0, 0, (Member(
            "", 0, 0, "", False, decl=declare.declaration(_type(die))),), line)
    if bare.tag in _KINDS:
        return _layout(_name(die), die, target, line)
    value = Member("", 0, _size(bare, target), _text(bare, target), _signed(bare),
                   decl=declare.declaration(_type(die)), spelled=declare.spelled(_type(die)))
    return StructLayout(_name(die), _size(bare, target), _align(die, target), (value,), line)


def read(path: Path, header: str, also: Collection[str] = ()) -> Types:
    """Definitions of ``header`` itself, and the names of all types that it makes visible.

    Included headers do not count, as each is looked at under its own name, but for the names of
    ``also``: types with their keyword, functions and enum constants that may have moved there.
    """
    types = Types()
    elf = relocate.opened(path.read_bytes())
    with elf.stream:
        word = 8 if elf.elfclass == 64 else 4
        target = _Target(word, _MOST_ALIGNED.get(elf.header["e_machine"], 16))
        dwarf = elf.get_dwarf_info(relocate_dwarf_sections=not relocate.done(elf))
        for unit in dwarf.iter_CUs():
            files = _files(unit, dwarf)
            for die in unit.get_top_DIE().iter_children():
                file = files.get(_number(die, "DW_AT_decl_file"), "")
                _top(die, _Place(file, file.endswith(f"/{header}"), also), target, types)
    return types


class _Place(NamedTuple):
    """The file of a definition, whether it is the header's own, and what else counts."""

    file: str
    own: bool
    also: Collection[str]


def _top(die: Any, place: _Place, target: _Target, types: Types) -> None:
    file, own, also = place
    name, line = _name(die), _number(die, "DW_AT_decl_line") if own else 0
    if die.tag == "DW_TAG_subprogram" and (own or f"{name}()" in also) and (
            "DW_AT_inline" in die.attributes or "DW_AT_low_pc" in die.attributes):
        types.functions[name] = declare.function(die, line)
    if "DW_AT_declaration" in die.attributes or (
            die.tag not in _KINDS and die.tag != "DW_TAG_typedef"):
        return
    full = f"{_KINDS[die.tag]} {name}" if die.tag in _KINDS else name
    if name:
        types.visible[full] = file
    if die.tag == "DW_TAG_enumeration_type":
        for child in die.iter_children():
            constant = _name(child)
            if own or constant in also:
                types.constants[constant] = _number(child, "DW_AT_const_value")
                types.lines[constant] = line
                types.enums[constant] = die.offset
                if name:
                    types.tags[constant] = full
    if not name or not (own or full in also):
        return
    found = _layout(full, die, target, line) if die.tag in _KINDS else _typedef(die, target, line)
    if found is not None:
        types.layouts[full] = found if own else replace(  # its lines are those of another file
            found, members=tuple(replace(m, line=0) for m in found.members))
