# SPDX-License-Identifier: GPL-2.0-or-later
"""An executable model of coalesced MMIO and PIO.

What userspace and the guest can see, and nothing of how it is done, except
where that can be seen: how a bus finds a device (virt/kvm/kvm_main.c,
kvm_io_bus_cmp) and when the ring is full (virt/kvm/coalesced_mmio.c).

The protocol of ``harness.replay.SubjectModel`` is at the end. A script is made
of lines; numbers are hexadecimal, V is a vCPU, K a kind of zone (0 MMIO, 1 PIO)::

    c N            KVM_CHECK_EXTENSION              s V P L N X    REP OUTS, N values from X on
    r K A S        register                         w V A L X [Y]  MMIO write (Y: bytes 8 to 15)
    u K A S        unregister                       q V A L        MMIO read
    o V P L X      OUT of L bytes                   m V A X        read, OR X, write
    i V P L        IN                               t V A L N X    REP STOS, N times X
    f X, l X       userspace sets first, last       d N            userspace takes N entries
    p I B          userspace fills slot I with B

Of each operation comes one word: ``=errno``, ``-``, or for the guest's the exits
and then ``h:last:checksum of the ring``, or ``none`` when the architecture has no such access.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

EINVAL, ENOSPC = 22, 28
SLOTS, ENTRY, HEADER = 170, 24, 8
MAX_DEVICES = 1000  # NR_IOBUS_DEVS
CAP_MMIO, CAP_PIO = 15, 162
PAGE = 0x1000
RAM = 0x10000  # the test guest's memory ends here
U32, U64 = (1 << 32) - 1, (1 << 64) - 1

# When is there no room for one more entry?
ROOM: dict[str, Callable[[int, int], bool]] = {
    # 92f6d4130497 (6.12): the slot behind last is the first one
    "whole": lambda first, last: (last + 1) % SLOTS == first,
    # 105f8d40a737 (2011): in u32, and 2^32 is no multiple of 170
    "premature": lambda first, last: ((first - last - 1) & U32) % SLOTS == 0,
    # the same, but never over the first entry
    "premature, safe": lambda first, last: (
        ((first - last - 1) & U32) % SLOTS == 0 or (last + 1) % SLOTS == first),
}


# What a reader of the documentation would expect, and kernels do not do: docs/found.md.
EXPECTATIONS = {
    "kept": "no pending entry is lost, whatever first and last are",
    "full-size": "the ring takes 169 entries wherever it starts",
    "size": "a zone of 2^31 bytes and more is as large as it says and can be unregistered",
    "order": "a zone takes a write inside it whatever was registered before or after",
    "end": "unregistering nothing, behind a zone, does not remove the zone",
}


class Traits(NamedTuple):
    """In what kernels may differ; ``probes`` find out. ``expected``: what no kernel does so far."""

    ports: bool = True
    room: str = "whole"
    lacks: frozenset[str] = frozenset()  # of _ACCESSES, as the architecture has them
    expected: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Zone:
    """A registered zone; ``length`` is what the bus makes of its size: an int."""

    kind: int
    addr: int
    size: int
    expected: frozenset[str] = frozenset()

    @property
    def length(self) -> int:
        negative = self.size >> 31 and "size" not in self.expected
        return self.size - (1 << 32) if negative else self.size

    def contains(self, addr: int, length: int) -> bool:
        """coalesced_mmio_in_range(): length is an int, the rest wraps at 64 bits."""
        end = (addr + length) & U64
        if not length and "end" in self.expected and end == self.addr + self.size:
            return False
        return (length >= 0 and end >= addr >= self.addr
                and end <= (self.addr + self.size) & U64)


def compare(addr: int, length: int, other_addr: int, other_length: int) -> int:
    """kvm_io_bus_cmp(): 0 when the first range lies in the second."""
    if addr < other_addr:
        return -1
    if other_length:
        addr, other_addr = (addr + length) & U64, (other_addr + other_length) & U64
    return 1 if addr > other_addr else 0


class Machine:
    """A VM: its zones, its two buses and its ring."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.zones: list[Zone] = []  # by age
        self.buses: tuple[list[Zone], list[Zone]] = ([], [])  # as sorted by the kernel
        self.ring = bytearray(HEADER + SLOTS * ENTRY)
        self.shown = bytearray(self.ring)  # without the bytes behind the values

    # --- ioctls ---

    def register(self, kind: int, addr: int, size: int) -> int:
        if self.traits.ports and kind > 1:
            return EINVAL
        zone = Zone(kind if self.traits.ports else 0, addr, size, self.traits.expected)
        bus = self.buses[zone.kind]
        if len(bus) >= MAX_DEVICES:
            return ENOSPC
        at = next((i for i, old in enumerate(bus) if compare(
            old.addr, old.length, addr, zone.length) > 0), len(bus))
        bus.insert(at, zone)
        self.zones.append(zone)
        return 0

    def unregister(self, kind: int, addr: int, size: int) -> int:
        if self.traits.ports and kind > 1:
            return EINVAL
        kind = kind if self.traits.ports else 0
        length = Zone(kind, addr, size, self.traits.expected).length
        for zone in [z for z in self.zones if z.kind == kind and z.contains(addr, length)]:
            self.zones = [z for z in self.zones if z is not zone]
            bus = self.buses[kind]
            bus[:] = [z for z in bus if z is not zone]
        return 0

    # --- what the guest does: each returns the exits ---

    def out(self, port: int, data: bytes) -> list[str]:
        return [] if self._write(1, port, data) else [_exit("o", port, data)]

    def write(self, addr: int, data: bytes) -> list[str]:
        """Both sides of a page boundary are looked up before the first exit."""
        left = []
        inside = PAGE - addr % PAGE
        for start, part in ((addr, data[:inside]), (addr + inside, data[inside:])):
            done = 0
            if start < RAM:
                continue
            while done < len(part) and self._write(0, start + done, part[done: done + 8]):
                done += 8
            left += [(start + i, part[i: i + 8]) for i in range(done, len(part), 8)]
        return [_exit("w", at, part) for at, part in left]

    def read(self, addr: int, length: int) -> list[str]:
        inside = min(PAGE - addr % PAGE, length)
        parts = ((addr, inside), (addr + inside, length - inside))
        return [f"r{at:x}.{size:x}" for at, size in parts if size]

    def _write(self, bus: int, addr: int, data: bytes) -> bool:
        """kvm_io_bus_write(): a binary search, then all that match in a row."""
        if self._find(bus, addr, data):
            return True
        return "order" in self.traits.expected and any(
            z.length > 0 and z.contains(addr, len(data)) and self._append(z, addr, data)
            for z in self.buses[bus])

    def _find(self, bus: int, addr: int, data: bytes) -> bool:
        ranges, size = self.buses[bus], len(data)
        low, count, found = 0, len(ranges), -1
        while count and found < 0:  # lib/bsearch.c
            middle = low + count // 2
            order = compare(addr, size, ranges[middle].addr, ranges[middle].length)
            if order == 0:
                found = middle
            elif order > 0:
                low, count = middle + 1, (count - 1) // 2
            else:
                count //= 2
        if found < 0:
            return False

        def here(at: int) -> bool:
            return 0 <= at < len(ranges) and compare(
                addr, size, ranges[at].addr, ranges[at].length) == 0

        while here(found - 1):
            found -= 1
        while here(found):
            if ranges[found].contains(addr, size) and self._append(ranges[found], addr, data):
                return True
            found += 1
        return False

    # --- the ring ---

    @property
    def first(self) -> int:
        return int.from_bytes(self.ring[0:4], "little")

    @property
    def last(self) -> int:
        return int.from_bytes(self.ring[4:8], "little")

    def _append(self, zone: Zone, addr: int, data: bytes) -> bool:
        last = self.last
        if last >= SLOTS or ROOM[self.traits.room](self.first, last):
            return False
        at = HEADER + last * ENTRY
        self.ring[at: at + 12] = struct.pack("<QI", addr, len(data))
        if self.traits.ports:
            self.ring[at + 12: at + 16] = struct.pack("<I", zone.kind)
        self.ring[at + 16: at + 16 + len(data)] = data
        self._show(last)
        self.set_index(4, (last + 1) % SLOTS)
        return True

    def _show(self, slot: int) -> None:
        at = HEADER + slot * ENTRY
        length = int.from_bytes(self.ring[at + 8: at + 12], "little")
        self.shown[at: at + ENTRY] = self.ring[at: at + 16] + (
            self.ring[at + 16: at + 16 + min(length, 8)].ljust(8, b"\0"))

    def set_index(self, at: int, value: int) -> None:
        for ring in (self.ring, self.shown):
            ring[at: at + 4] = struct.pack("<I", value)

    def fill_slot(self, slot: int, byte: int) -> None:
        at = HEADER + slot % SLOTS * ENTRY
        self.ring[at: at + ENTRY] = bytes([byte]) * ENTRY
        self._show(slot % SLOTS)

    def drain(self, count: int) -> None:
        pending = (self.last + SLOTS - self.first) & U32
        self.set_index(0, (self.first + min(count, pending % SLOTS)) % SLOTS)

    def entries(self, since: int) -> list[tuple[int, int, int, int]]:
        """(kind, address, length, value) of what was appended after ``last`` was ``since``."""
        out = []
        for n in range((self.last - since) % SLOTS):
            at = HEADER + (since + n) % SLOTS * ENTRY
            addr, length, kind = struct.unpack_from("<QII", self.ring, at)
            value = int.from_bytes(self.ring[at + 16: at + 16 + min(length, 8)], "little")
            out.append((kind, addr, length, value))
        return out


def _exit(letter: str, addr: int, data: bytes) -> str:
    return f"{letter}{addr:x}.{len(data):x}={int.from_bytes(data, 'little'):x}"


def _bytes(value: int, length: int) -> bytes:
    return (value & ((1 << 8 * length) - 1)).to_bytes(length, "little")


GUEST = frozenset("oiswqmt")
# What an access may need that not every architecture has, and an operation that needs it alone.
_ACCESSES = {"port": "o 0 70 1 1", "string": "t 0 10000 1 1 1", "wide": "w 0 10000 10 1 1",
             "split": "w 0 10ffe 4 1", "misaligned": "w 0 10001 2 1"}


def needed(op: str, n: Sequence[int]) -> frozenset[str]:
    """Those of ``_ACCESSES`` that an operation of a guest needs."""
    if op in "ois":
        return frozenset(("port",))
    if op == "t":
        return frozenset(("string",))
    width = 1 if op == "m" else n[2]
    split = n[1] // PAGE != (n[1] + width - 1) // PAGE
    found = (("wide", width > 8), ("split", split), ("misaligned", n[1] % width != 0))
    return frozenset(name for name, is_so in found if is_so)


def guest(machine: Machine, op: str, n: Sequence[int]) -> list[str]:
    """The exits of one guest operation; ``n`` begins with the vCPU."""
    match op:
        case "o":
            return machine.out(n[1], _bytes(n[3], n[2]))
        case "i":
            return [f"i{n[1]:x}.{n[2]:x}"]
        case "s":
            return [e for k in range(n[3]) for e in machine.out(n[1], _bytes(n[4] + k, n[2]))]
        case "w":
            high = n[4] if len(n) > 4 else 0
            return machine.write(n[1], _bytes(n[3] | high << 64, n[2]))
        case "q":
            return machine.read(n[1], n[2])
        case "m":
            return machine.read(n[1], 1) + machine.write(n[1], _bytes(n[2], 1))
        case _:
            return [e for k in range(n[3])
                    for e in machine.write(n[1] + k * n[2], _bytes(n[4], n[2]))]


def step(machine: Machine, line: str, *, tails: bool) -> str:
    """Do one line of a script and return the word for it."""
    op, *words = line.split()
    n = [int(word, 16) for word in words]
    if op in GUEST and machine.traits.lacks & needed(op, n):
        return "none"
    if op in GUEST:
        exits = "".join(f"{e}," for e in guest(machine, op, n))
        sum_ = zlib.adler32(machine.ring if tails else machine.shown)
        return f"{exits}h:{machine.last:x}:{sum_:x}"
    match op:
        case "c":
            return f"={2 if n[0] == CAP_MMIO else int(machine.traits.ports)}"
        case "r":
            return f"={machine.register(*n):x}"
        case "u":
            return f"={machine.unregister(*n):x}"
        case "f":
            machine.set_index(0, n[0])
        case "l":
            machine.set_index(4, n[0])
        case "d":
            machine.drain(n[0])
        case "p":
            machine.fill_slot(n[0], n[1])
    return "-"


# --- the protocol of harness.replay.SubjectModel ---

CONTRACT, CORNERS = "contract", "corners"
# Each kind of script is a test of replay.c; the text says why a difference is no failure.
KINDS = {CONTRACT: "", CORNERS: "what kernels happen to do, and nobody promised"}
PROGRAM = "replay"

# (first, last) pairs on which the rules in ROOM differ, and some on which all agree
_PAIRS = ((0, 85), (0, 169), (84, 169), (0, 168), (100, 99), (5, 4), (1, 0), (170, 169))


def probes() -> tuple[tuple[str, ...], ...]:
    """Scripts whose answers ``traits`` reads; they are no test."""
    room = ["r 0 10000 1"]
    for first, last in _PAIRS:
        room += [f"f {first:x}", f"l {last:x}", "w 0 10000 1 1"]
    return ((f"c {CAP_PIO:x}",), tuple(room), tuple(_ACCESSES.values()))


def traits(answers: Sequence[Sequence[str]]) -> Traits:
    """The traits of the kernel that gave these answers to ``probes``."""
    ports = list(answers[0]) == ["=1"]
    full = [word.startswith("w") for word in answers[1][3::3]]
    best = max(ROOM, key=lambda name: sum(
        ROOM[name](*pair) == seen for pair, seen in zip(_PAIRS, full, strict=False)))
    lacks = frozenset(name for name, word in zip(_ACCESSES, answers[2], strict=False)
                      if word == "none")
    return Traits(ports, best, lacks)


def expecting(found: Traits, name: str) -> Traits:
    """A kernel of the same kind that also has one of ``EXPECTATIONS``."""
    room = "whole" if name == "full-size" else found.room
    if name == "kept" and room == "premature":
        room = "premature, safe"
    return found._replace(room=room, expected=frozenset((name,)))


def expect(kind: str, script: Sequence[str], found: Traits) -> tuple[str, ...]:
    """What a kernel with these traits answers, word by word."""
    machine = Machine(found)
    return tuple(step(machine, line, tails=kind == CORNERS) for line in script)


def mode(kind: str, script: Sequence[str]) -> str:  # noqa: ARG001
    """The word that goes into the script's first line: how the guest runs."""
    wide = any(line[0] in "wqmt" and _needs_long(line) for line in script)
    return "long" if wide or zlib.crc32(" ".join(script[:1]).encode()) & 1 else "real"


def _needs_long(line: str) -> bool:
    op, *words = line.split()
    n = [int(word, 16) for word in words]
    end = n[1] + (n[2] * n[3] if op == "t" else n[2] if op in "wq" else 1)
    return n[1] < RAM or end > 2 * RAM or (op == "t" and n[2] == 8)


class _World:
    """A few addresses, so that operations meet; each case draws its own."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        edge = 0x10000 + PAGE * rng.randrange(1, 15)
        self.mmio = [rng.choice((edge - 8, edge - 4, edge, 0x10000, 0x100000000))
                     for _ in range(2)]
        self.ports = [rng.choice((0x20, 0x60, 0x70, 0x70, 0x7c, 0x80, 0xcf8, 0x3f8, 0xfff0))
                      for _ in range(2)]

    def addr(self, bus: int) -> int:
        base = self.rng.choice(self.ports if bus else self.mmio)
        return base + self.rng.randrange(12)

    def value(self, length: int) -> int:
        return self.rng.getrandbits(8 * length)


def _disjoint(zones: list[tuple[int, int, int]], kind: int, addr: int, size: int) -> bool:
    """Whether a zone is one of those that are there, or touches none of them.

    Which of two overlapping zones takes a write depends on their order: a corner.
    """
    return (kind, addr, size) in zones or all(
        k != kind or addr + size <= a or a + s <= addr for k, a, s in zones)


def _register(world: _World, corners: bool, zones: list[tuple[int, int, int]]) -> str:
    rng = world.rng
    kind = rng.randrange(2)
    if rng.random() < 0.06:
        return f"r {rng.choice((2, 3, 0x100, 0x10000, 1 << 31, U32)):x} {world.addr(kind):x} 4"
    if zones and rng.random() < 0.15:
        kind, addr, size = rng.choice(zones)
        return f"r {kind:x} {addr:x} {size:x}"
    addr, size = world.addr(kind), rng.choice((1, 1, 2, 4, 8, 3, 12))
    if corners and rng.random() < 0.25:
        addr = rng.choice((addr, 0, U64, U64 - 3, 0x10000 - 2, 0xFFFF, 0x8000))
        size = rng.choice((0, 0, 1 << 31, (1 << 31) - 1, U32, U32 - addr & U32, 0x40, 0x1000))
    elif not corners and not _disjoint(zones, kind, addr, size):
        return f"u {kind:x} {addr:x} {size:x}"
    zones.append((kind, addr, size))
    return f"r {kind:x} {addr:x} {size:x}"


def _unregister(world: _World, corners: bool, zones: list[tuple[int, int, int]]) -> str:
    rng = world.rng
    if rng.random() < 0.08:
        return f"u {rng.choice((2, 0x100, U32)):x} {world.addr(1):x} 1"
    kind, addr, size = rng.choice(zones) if zones else (1, world.addr(1), 1)
    what = rng.random()
    if what < 0.2:
        kind ^= 1
    elif what < 0.4:
        addr += rng.randrange(-2, 3)
    elif what < 0.6:
        size = max(1, size + rng.randrange(-4, 5))
    if corners and rng.random() < 0.2:
        size = rng.choice((0, 1 << 31, U32))
    elif not corners:
        size = size or 1
    return f"u {kind:x} {max(addr, 0) & U64:x} {size & U32:x}"


def _access(world: _World, cpu: int) -> str:
    rng = world.rng
    what = rng.random()
    if what < 0.45:
        length = rng.choice((1, 1, 1, 2, 4))
        port = min(world.addr(1), 0x10000 - length)
        if what < 0.07:
            return f"i {cpu} {port:x} {length}"
        if what < 0.14:
            return f"s {cpu} {port:x} {length} {rng.randrange(1, 9):x} {world.value(length):x}"
        return f"o {cpu} {port:x} {length} {world.value(length):x}"
    addr, length = world.addr(0), rng.choice((1, 1, 2, 4, 4, 8, 8, 16))
    if what < 0.52:
        return f"q {cpu} {addr:x} {min(length, 8)}"
    if what < 0.57:
        return f"m {cpu} {addr:x} {world.value(1):x}"
    if what < 0.62:
        length = min(length, 8)
        return f"t {cpu} {addr:x} {length} {rng.randrange(1, 6):x} {world.value(length):x}"
    high = f" {world.value(8):x}" if length == 16 else ""
    return f"w {cpu} {addr:x} {length:x} {world.value(min(length, 8)):x}{high}"


def _indices(world: _World, corners: bool) -> list[str]:
    rng = world.rng
    what = rng.random()
    if what < 0.35:
        return [f"d {rng.choice((1, 2, 3, 7, 50, 200)):x}"]
    if what < 0.45:
        return [f"p {rng.randrange(SLOTS):x} {rng.randrange(256):x}"]
    if what < 0.6:
        return [f"l {rng.choice((SLOTS, SLOTS + 1, 255, 1 << 16, 1 << 31, U32)):x}"]
    first = rng.choice((0, 1, 84, 85, 86, 168, 169, rng.randrange(SLOTS)))
    if corners and rng.random() < 0.2:
        first = rng.choice((SLOTS, SLOTS + 1, 255, 1 << 31, U32))
    last = (first + rng.choice((0, 0, 1, 5, 80, 84, 85, 86, 160, 165, 168, 169))) % SLOTS
    return [f"f {first:x}", f"l {last:x}"]


def generate(kind: str, seed: int, size: int) -> tuple[str, ...]:
    """A random script of about ``size`` operations.

    The contract is what userspace may rely on. Corners are what kernels happen
    to do: zones that overlap, have no size or wrap, bogus first indices.
    """
    rng = Random(f"{kind} {seed}")
    world, corners = _World(rng), kind == CORNERS
    zones: list[tuple[int, int, int]] = []
    script = [_register(world, corners, zones) for _ in range(3)]
    while len(script) < size:
        what = rng.random()
        if what < 0.08:
            script.append(_register(world, corners, zones))
        elif what < 0.15:
            script.append(_unregister(world, corners, zones))
        elif what < 0.3:
            script += _indices(world, corners)
        else:
            script.append(_access(world, rng.randrange(2)))
    return tuple(script)


_BUS = ("mmio", "pio")


def sentences(script: Sequence[str], found: Traits) -> tuple[str, ...]:
    """The script as the steps of a spec, with what the model expects."""
    machine = Machine(found)
    out: list[str] = []
    if mode(CONTRACT, script) == "long":
        out.append("long mode")
    for line in script:
        op, *words = line.split()
        n = [int(word, 16) for word in words]
        since = machine.last
        answer = step(machine, line, tails=False)
        if answer == "none":
            continue
        if op in "ru":
            out.append(_zone_sentence(op, n, answer))
        elif op in GUEST:
            out += _guest_sentences(op, n, answer)
            if since < SLOTS and (new := machine.entries(since)):
                out.append("newest entries " + "; ".join(
                    f"{_BUS[k & 1]} 0x{a:x} len {length} = 0x{v:x}" for k, a, length, v in new))
            out.append(f"last is {machine.last}")
        else:
            out += _userspace_sentences(op, n, machine)
    return tuple(out)


def _zone_sentence(op: str, n: Sequence[int], answer: str) -> str:
    verb = "register" if op == "r" else "unregister"
    kind = _BUS[n[0]] if n[0] < 2 else f"kind 0x{n[0]:x}"
    result = {"=0": "ok", f"={EINVAL:x}": "EINVAL", f"={ENOSPC:x}": "ENOSPC"}[answer]
    return f"{verb} {kind} 0x{n[1]:x}+{n[2]} -> {result}"


def _guest_sentences(op: str, n: Sequence[int], answer: str) -> list[str]:
    bits = 8 * n[2] if op in "oiswqt" else 8
    match op:
        case "o":
            what = f"out{bits} 0x{n[1]:x} 0x{n[3]:x}"
        case "i":
            what = f"in{bits} 0x{n[1]:x}"
        case "s":
            what = f"outs{bits} 0x{n[1]:x} from 0x{n[4]:x} x {n[3]}"
        case "w":
            high = f" 0x{n[4]:x}" if len(n) > 4 else ""
            what = f"write{bits} 0x{n[1]:x} 0x{n[3]:x}{high}"
        case "q":
            what = f"read{bits} 0x{n[1]:x}"
        case "m":
            what = f"or8 0x{n[1]:x} 0x{n[2]:x}"
        case _:
            what = f"stos{bits} 0x{n[1]:x} 0x{n[4]:x} x {n[3]}"
    out = [f"vcpu {n[0]}", f"guest: {what}"]
    words = {"o": "out", "i": "in", "w": "write", "r": "read"}
    for exit_ in answer.split(",")[:-1]:
        place, _, value = exit_[1:].partition("=")
        addr, _, length = place.partition(".")
        value = f": 0x{value}" if value else ""
        out.append(f"exit {words[exit_[0]]} of {int(length, 16)} at 0x{addr}{value}")
    return [*out, "exit hlt"]


def _userspace_sentences(op: str, n: Sequence[int], machine: Machine) -> list[str]:
    match op:
        case "f":
            return [f"userspace sets first to 0x{n[0]:x}"]
        case "l":
            return [f"userspace sets last to 0x{n[0]:x}"]
        case "d":
            return [f"userspace sets first to 0x{machine.first:x}"]
        case "p":
            return [f"userspace fills slot {n[0] % SLOTS} with 0x{n[1]:x}"]
    return []


def describe(found: Traits) -> str:
    """The traits in words."""
    ports = "ports and MMIO" if found.ports else "MMIO only"
    lacks = f", none of {', '.join(sorted(found.lacks))}" if found.lacks else ""
    return f"{ports}, room test: {found.room}{lacks}"

