# SPDX-License-Identifier: GPL-2.0-or-later
"""DWARF -> declarations in C, with typedefs resolved: what a compiler calls one type.

``unsigned long`` and ``unsigned long long`` have the same bytes and are two types: a pointer to
one does not go where a pointer to the other is wanted.
"""

from __future__ import annotations

from typing import Any

from harness.model import Function

_NAMED = {"DW_TAG_structure_type": "struct", "DW_TAG_union_type": "union",
          "DW_TAG_enumeration_type": "enum"}
_QUALIFIERS = {"DW_TAG_const_type": "const", "DW_TAG_volatile_type": "volatile",
               "DW_TAG_restrict_type": "__restrict"}
_DEEPEST = 40  # pointers and arrays within one another
MOST_PARAMETERS = 30


class _NamelessError(Exception):
    """A type that cannot be said: an anonymous struct that no typedef names."""


def _type(die: Any) -> Any:
    return die.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in die.attributes else None


def _name(die: Any) -> str:
    value = die.attributes.get("DW_AT_name")
    return value.value.decode("utf-8", "replace") if value else ""


def declaration(die: Any) -> str:
    """The declaration of something of this type, ``@`` for its name; "" where C has no words."""
    try:
        return _declare(die, "@", 0)
    except _NamelessError:
        return ""


def _declare(die: Any, inner: str, depth: int) -> str:
    if die is None:
        return f"void {inner}"
    tag, below = die.tag, depth + 1
    target = _resolved(die if tag == "DW_TAG_typedef" else _type(die))
    behind = target.tag if target is not None else ""
    if tag in _QUALIFIERS and behind == "DW_TAG_pointer_type":
        return _declare(target, f"{_QUALIFIERS[tag]} {inner}", below)
    if tag in _QUALIFIERS:
        return f"{_QUALIFIERS[tag]} {_declare(_type(die), inner, below)}"
    if tag == "DW_TAG_typedef" and behind in _NAMED and not _name(target):
        return f"{_last_typedef(die)} {inner}"
    if tag == "DW_TAG_typedef":
        return _declare(_type(die), inner, below)
    if tag == "DW_TAG_pointer_type":
        wrapped = behind in {"DW_TAG_array_type", "DW_TAG_subroutine_type"}
        return _declare(_type(die), f"(*{inner})" if wrapped else f"*{inner}", below)
    if tag == "DW_TAG_array_type":
        return _declare(_type(die), inner + "".join(f"[{n}]" for n in _bounds(die)), below)
    if tag == "DW_TAG_subroutine_type":
        return _declare(_type(die), f"{inner}({_parameters(die, below)})", below)
    if not (name := _name(die)) or depth > _DEEPEST:
        raise _NamelessError
    return f"{_NAMED[tag]} {name} {inner}" if tag in _NAMED else f"{name} {inner}"


def _bounds(die: Any) -> list[str]:
    found = []
    for child in die.iter_children():
        if child.tag == "DW_TAG_subrange_type":
            count, upper = (child.attributes.get(n) for n in ("DW_AT_count", "DW_AT_upper_bound"))
            if count is not None:
                found.append(str(count.value))
            elif upper is None or upper.value in {-1, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF}:
                found.append("")
            else:
                found.append(str(upper.value + 1))
    return found


def _parameters(die: Any, depth: int) -> str:
    words = []
    for child in list(die.iter_children())[:MOST_PARAMETERS]:
        if child.tag == "DW_TAG_formal_parameter":
            words.append(_declare(_type(child), "", depth).strip())
        elif child.tag == "DW_TAG_unspecified_parameters":
            words.append("...")
    return ", ".join(words) or "void"


def _resolved(die: Any) -> Any:
    """The type behind typedefs."""
    while die is not None and die.tag == "DW_TAG_typedef":
        die = _type(die)
    return die


def _last_typedef(die: Any) -> str:
    name = _name(die)
    while (die := _type(die)) is not None and die.tag == "DW_TAG_typedef":
        name = _name(die)
    return name


def spelled(die: Any) -> str:
    """The first typedef on the way to what a field is made of, "" where there is none."""
    for _ in range(_DEEPEST):
        if die is None:
            return ""
        if die.tag == "DW_TAG_typedef":
            return _name(die)
        if die.tag not in {*_QUALIFIERS, "DW_TAG_array_type", "DW_TAG_pointer_type"}:
            return ""
        die = _type(die)
    return ""


def function(die: Any, line: int) -> Function:
    """An inline function, with the types that callers give and get."""
    parameters = tuple(
        declaration(_type(child)) if child.tag == "DW_TAG_formal_parameter" else "..."
        for child in list(die.iter_children())[:MOST_PARAMETERS]
        if child.tag in {"DW_TAG_formal_parameter", "DW_TAG_unspecified_parameters"})
    return Function(_name(die), declaration(_type(die)), parameters, line)
