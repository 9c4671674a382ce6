# SPDX-License-Identifier: GPL-2.0-or-later
"""What the comparisons share: where, in which ABI, and which names mean what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.model import HeaderApi, Member, StructLayout

_PADDING = re.compile(
    r"(?:^|_|\.)(?:pad|padding|reserved|rsvd|rsv|resv|unused|spare|mbz|dummy|filler|__?res)\d*"
    r"(?:$|_|\d)", re.IGNORECASE)
# A last enum member or a count: it moves whenever something is added, and only then.
_SENTINEL = re.compile(
    r"(?:^|_)(?:MAX|NR|NUM|COUNT|LAST|END|CNT|SENTINEL|TOTAL|ENTRIES)$|(?:^|_)(?:NR|MAX|NUM)_\w+$")
_MASK = re.compile(r"(?:^|_)(?:MASK|ALL|VALID|SUPPORTED|KNOWN|ALLOWED)(?:_|$)|_FLAGS$|_FEATURES$")
_SIZE_FIRST = {"size", "struct_size", "usize", "len", "length", "cb", "sz"}
_ARGSZ = {"argsz", "arg_size", "struct_size"}


@dataclass(frozen=True, slots=True)
class Context:
    """Where the findings are about: path in the tree, and which ABI."""

    path: str
    abi: str  # "x86-64", "i386", ...

    def where(self, line: int) -> str:
        """``path:line``."""
        return f"{self.path}:{line}" if line else self.path


def is_padding(name: str) -> bool:
    """Whether a field is there to be used later."""
    return bool(_PADDING.search(name.rsplit(".", 1)[-1]))


def is_sentinel(name: str) -> bool:
    """Whether a number only says how many there are."""
    return bool(_SENTINEL.search(name))


def is_mask(name: str) -> bool:
    """Whether a number is the set of flags that are known."""
    return bool(_MASK.search(name))


def place(member: Member) -> tuple[int, int, int, int]:
    """Offset, size, bits and bit offset: equal places, equal bytes."""
    return member.offset, member.size, member.bits, member.bit_offset


def place_text(member: Member) -> str:
    """A place in words."""
    if member.bits:
        return f"bits {member.bit_offset}..{member.bit_offset + member.bits - 1}"
    return f"offset {member.offset}, {member.size} bytes"


def protocol(old: StructLayout, new: StructLayout, api: HeaderApi) -> str:
    """Why a struct may grow at its end without breaking old binaries, or "".

    Three conventions: an ``argsz`` field (VFIO), the size as first field or
    beside the type (perf_event_attr, sched_attr), and ``..._SIZE_VER0`` macros
    (copy_struct_from_user: clone3, openat2).
    """
    kept = {m.name: place(m) for m in new.members}
    if new.size <= old.size or any(
            kept.get(m.name) != place(m) for m in old.members if not is_padding(m.name)):
        return ""
    names = [m.name for m in old.members]
    if found := next((n for n in names if n in _ARGSZ), ""):
        return f"userspace says in {found} how much of it it knows"
    if set(names[:1]) & _SIZE_FIRST or names[:2] == ["type", "size"]:
        return "userspace says its size in the struct"
    for name, value in api.numbers.items():
        if value == old.size and re.search(r"_SIZE(?:_|OF_)?VER_?\d+$|_SIZE_V\d+$", name):
            return f"{name} names the size that old binaries pass"
    return ""


def picture(old: StructLayout, new: StructLayout) -> str:
    """Both versions side by side, as pahole would show each."""
    def rows(layout: StructLayout) -> list[str]:
        return [f"{m.offset:4d} {m.size:4d}  {m.type} {m.name}" +
                (f":{m.bits}" if m.bits else "") for m in layout.members] + [
                    f"{layout.size:4d} bytes, align {layout.align}"]

    left, right = rows(old), rows(new)
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    title = f"{old.name}: before"
    width = max(len(title), *map(len, left)) + 2
    return "\n".join([f"{title:{width}}| after"] + [
        f"{a:{width}}{'|' if a == b else '>'} {b}" for a, b in zip(left, right, strict=True)])
