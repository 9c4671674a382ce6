# SPDX-License-Identifier: GPL-2.0-or-later
"""Names, values and layouts that a header offers to userspace."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Member:
    """One field as userspace reaches it.

    ``name`` is the path from the struct with anonymous members left out
    (``kind``, ``hw.vector``); offset and size are bytes, ``bits`` is the width of
    a bit-field (0: none) and ``bit_offset`` then counts from the struct's start. ``type`` has
    no typedefs and no qualifiers (``u32``, ``u8[16]``); ``decl`` is the declaration in C with
    typedefs resolved and ``@`` for the name (``const unsigned char *@``, "" where a type has no
    name); ``spelled`` is the first typedef that the header says (``__le32``).
    """

    name: str
    offset: int
    size: int
    type: str
    signed: bool = False
    bits: int = 0
    bit_offset: int = 0
    decl: str = ""
    spelled: str = ""
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StructLayout:
    """A struct, union or enum of a header; ``name`` includes the keyword."""

    name: str
    size: int
    align: int
    members: tuple[Member, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Function:
    """An inline function: its result and its parameters as declarations (see ``Member.decl``)."""

    name: str
    result: str
    parameters: tuple[str, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a header, with all that it includes, differs from another version of it.

    ``names`` are those that may mean something else than there; ``words`` those of macros and
    declarations that are not the same, without what macros stand for.
    """

    names: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeaderApi:
    """The API of one header in one ABI, found entirely by compiling.

    ``numbers`` are object-like macros and enum constants with values, and function-like ones with
    small arguments (``NAME(1)``); ``ioctls`` those that are made by ``_IOC``, ``arity`` the
    number of parameters of function-like macros (below 0: variadic, -1 - named ones), ``lines``
    where a name is defined, ``visible`` which file each type and macro comes from that including
    the header brings in. ``kinds`` are the C types of macros' values, ``paged`` what those of
    PAGE_SIZE are with large pages; ``aliases`` map a name to the one that its definition consists
    of; ``enums`` map an enum constant to a number for its enum, ``tags`` to "enum name" where it
    has a name; ``bodies`` are the texts of macros, ``forms`` those of macros with parameters,
    which are numbered there. ``difference``: from the version that it is held against; None where
    that is not known.
    """

    structs: tuple[StructLayout, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)
    ioctls: frozenset[str] = frozenset()
    arity: dict[str, int] = field(default_factory=dict)
    macros: frozenset[str] = frozenset()
    lines: dict[str, int] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    visible: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    paged: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    enums: dict[str, int] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    difference: Difference | None = None
    problem: str = ""
