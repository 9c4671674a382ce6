# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the comparisons: place, ABI, and the roles of names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch

from harness.model import HeaderApi, Location, Member, StructLayout

_PADDING = re.compile(
    r"(?:^|_|\.)(?:pad|padding|reserved|rsvd|rsv|resv|unused|spare|mbz|dummy|filler|hole|align|empty|__?res)\d*"
    r"(?:$|_|\d)", re.IGNORECASE)
# A last enum member or a count: it moves whenever something is added, and only then.
_SENTINEL = re.compile(
    r"(?:^|_)(?:MAX|NR|NUM|COUNT|LAST|END|CNT|SENTINEL|TOTAL|ENTRIES|NBITS)$|__SUPPORTED$|"
    r"(?:^|_)(?:NR|MAX|NUM)_\w+$|^__\w+MAX$|^NSIG\w*$")
# The number of a system call or capability whose name only looks like that: __NR_openat,
# KVM_CAP_NR_VCPUS.
_NO_COUNT = re.compile(r"^__NR_(?!(?:\w+_)?syscalls$)|_CAP_(?:NR|MAX|NUM)_")
_MASK = re.compile(r"(?:^|_)(?:MASK|ALL|VALID|SUPP|SUPPORTED|KNOWN|ALLOWED|IOCTLS|RESERVED)(?:_|$)|"
                   r"_FLAGS$|_FEATURES$")
_VERSION = re.compile(r"(?:^|_)(?:SUB)?VERSION(?:_|$)|(?:^|_)(?:MINOR|PATCH|PATCHLEVEL)$|"
                      r"_VERSION_EXTRA$")
_NO_VERSION = re.compile(r"_VERSION_(?:SHIFT|MASK|LEN|BITS|SIZE)$|_GET_|_SET_")
_MEASURE = re.compile(r"_(?:SHIFT|BITS?|LEN|LENGTH|SIZE|OFFSET|TIMEOUT|WIDTH|LSB|MSB|POS|[MUN]S|"
                      r"[MU]?SECS?|HZ|RETRIES)$")
_LIMIT = re.compile(r"(?:^|_)(?:MAX|NUM)_(?!ATTR)\w*(?:LEN|SIZE|REGS|BYTES|ENTRIES|NAME|COUNT)\w*$")
_ORDERED = re.compile(r"^_*(le|be)(?:16|32|64)$")
_DIMENSION = re.compile(r"\[(\d+)\]")
# Interfaces whose kernel side takes the length that userspace knows, one row each.
_SUBSYSTEMS = (
    ("include/uapi/drm/*", "drm_ioctl() copies as much as userspace knows and clears the rest"),
    ("include/uapi/linux/kfd_ioctl.h", "kfd_ioctl() copies as much as userspace knows"),
    ("include/uapi/rdma/*", "ib_copy_from_udata() and ib_copy_to_udata() take the length"),
    ("include/uapi/linux/bpf.h", "bpf(2) takes the size, programs access context by offset"),
    ("include/uapi/linux/tcp.h", "getsockopt(2) takes the length"),
    ("include/uapi/linux/mptcp.h", "getsockopt(2) takes the length"),
    ("include/uapi/linux/landlock.h", "landlock_create_ruleset(2) takes the size"),
    ("include/uapi/linux/pkt_sched.h", "a netlink attribute has a length"),
    ("include/uapi/linux/pkt_cls.h", "a netlink attribute has a length"),
    ("include/uapi/linux/if_xdp.h", "getsockopt(2) and setsockopt(2) take the length"),
    ("include/uapi/linux/taskstats.h", "a netlink attribute has a length, and there is a version"),
    ("include/uapi/linux/firewire-cdev.h", "read(2) returns as much of an event as it has"),
    ("include/uapi/linux/*_diag.h", "a netlink attribute has a length"),
    ("include/uapi/linux/virtio_*.h", "feature bits say which fields the device has"),
    ("include/uapi/linux/btrfs_tree.h", "an item on disk has a size, and there are flags"),
)
_SIZE_FIRST = {"size", "struct_size", "usize", "len", "length", "cb", "sz"}
_ARGSZ = {"argsz", "arg_size", "struct_size"}


MANY = 6  # names of which the same is true are one finding from here on


@dataclass(frozen=True, slots=True)
class HeaderContext:
    """The path in the tree and the ABI that findings are about, and both texts of the header."""

    path: str
    abi: str  # "x86-64", "i386", ...
    before: str = ""
    after: str = ""

    def where(self, line: int) -> Location:
        """A line of the header; 0: the whole of it."""
        return Location(self.path, line)


def is_padding(name: str) -> bool:
    """Whether a field is there to be used later."""
    return bool(_PADDING.search(name.rsplit(".", 1)[-1]))


def is_sentinel(name: str) -> bool:
    """Whether a number only says how many there are."""
    return bool(_SENTINEL.search(name)) and not _NO_COUNT.search(name)


def is_measure(name: str) -> bool:
    """Whether a number measures something, and is none of a row of numbers or flags."""
    return bool(_MEASURE.search(name))


def is_limit(name: str) -> bool:
    """Whether a number says how much fits: programs have buffers of that size."""
    return bool(_LIMIT.search(name))


def is_mask(name: str) -> bool:
    """Whether a number is the set of flags that are known."""
    return bool(_MASK.search(name))


def is_version(name: str) -> bool:
    """Whether a number says which version this is, and so must change."""
    return bool(_VERSION.search(name)) and not _NO_VERSION.search(name)


def is_inline(member: Member) -> bool:
    """Whether a field is an aggregate without a name: its parts are looked at themselves."""
    return "(anonymous)" in member.type


def byte_order(spelled: str) -> str:
    """``le`` or ``be`` for ``__le32`` and the like, else ""."""
    match = _ORDERED.match(spelled)
    return match.group(1) if match else ""


def element_size(member: Member) -> int:
    """Bytes of what the first index chooses, of an array whose dimensions are known; else 0."""
    match = _DIMENSION.search(member.type)
    return member.size // int(match.group(1)) if match and int(match.group(1)) else 0


def byte_range(member: Member) -> tuple[int, int, int, int]:
    """Offset, size, bits and bit offset: equal places, equal bytes."""
    return member.offset, member.size, member.bits, member.bit_offset


def place_text(member: Member) -> str:
    """A place in words."""
    if member.bits:
        return f"bits {member.bit_offset}..{member.bit_offset + member.bits - 1}"
    return f"offset {member.offset}, {member.size} bytes"


def protocol(old: StructLayout, new: StructLayout, api: HeaderApi, path: str) -> str:
    """Why a struct may grow at its end without breaking old binaries, or "".

    Three conventions: an ``argsz`` field (VFIO), the size as first field or
    beside the type (perf_event_attr, sched_attr), and ``..._SIZE_VER0`` macros
    (copy_struct_from_user: clone3, openat2); and a table of interfaces whose
    kernel side takes the length.
    """
    kept = {m.name: byte_range(m) for m in new.members}
    places = set(kept.values())
    if new.size <= old.size or any(
            kept[m.name] != byte_range(m) if m.name in kept else byte_range(m) not in places
            for m in old.members if not is_padding(m.name) and not is_inline(m)):
        return ""
    for pattern, reason in _SUBSYSTEMS:
        if fnmatch(path, pattern):
            return reason
    names = [m.name for m in old.members]
    if found := next((n for n in names if n in _ARGSZ), ""):
        return f"userspace says in {found} how much of it it knows"
    if set(names[:1]) & _SIZE_FIRST or names[:2] == ["type", "size"]:
        return "userspace says its size in the struct"
    for name, value in api.numbers.items():
        if value == old.size and re.search(r"_SIZE(?:_|OF_)?VER_?\d+$|_SIZE_V\d+$", name):
            return f"{name} names the size that old binaries pass"
    return ""


def picture(old: StructLayout, new: StructLayout, one: str = "before", other: str = "after",
            ) -> str:
    """Two versions side by side, as pahole would show each; ``one`` and ``other`` name them."""
    def rows(layout: StructLayout) -> list[str]:
        return [f"{m.offset:4d} {m.size:4d}  {m.type} {m.name}" +
                (f":{m.bits}" if m.bits else "") for m in layout.members] + [
                    f"{layout.size:4d} bytes, align {layout.align}"]

    left, right = rows(old), rows(new)
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    title = f"{old.name}: {one}"
    width = max(len(title), *map(len, left)) + 2
    return "\n".join([f"{title:{width}}| {other}"] + [
        f"{a:{width}}{'|' if a == b else '>'} {b}" for a, b in zip(left, right, strict=True)])


def stands_for_a_type(layout: StructLayout) -> bool:
    """Whether a typedef only names a struct that has a name of its own, or a function."""
    return not layout.size and [m.name for m in layout.members] == [""]
