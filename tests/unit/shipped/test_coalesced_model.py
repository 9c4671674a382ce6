# SPDX-License-Identifier: GPL-2.0-or-later
"""The model of coalesced I/O, held against what can be said of it without a kernel."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import profiles
from harness.generate import load_language, replay
from harness.settings import ROOT

PROFILE = profiles.load(ROOT / "kselftests" / "coalesced_io")
MODEL = replay.load_model(PROFILE)
SEEDS = st.integers(0, 1 << 30)


def machine(**traits):
    return MODEL.Machine(MODEL.Traits(**traits))


def fill(vm, start):
    """Writes that are taken until one exits, from an empty ring that begins there."""
    vm.register(0, 0x10000, 1)
    vm.set_index(0, start)
    vm.set_index(4, start)
    count = 0
    while not vm.write(0x10000, b"\1"):
        count += 1
        assert count < 400, "the ring never fills"
    return count


@pytest.mark.parametrize(("room", "start", "entries"), [
    ("whole", 0, 169), ("whole", 84, 169), ("whole", 85, 169), ("whole", 169, 169),
    ("premature", 0, 85), ("premature", 84, 85), ("premature", 85, 169), ("premature", 169, 169),
    ("premature, safe", 0, 85), ("premature, safe", 100, 169),
])
def test_how_much_the_ring_takes(room, start, entries):
    assert fill(machine(room=room), start) == entries


def test_the_rules_differ_only_where_they_are_said_to():
    whole, old, safe = (MODEL.ROOM[k] for k in ("whole", "premature", "premature, safe"))
    pairs = [(f, la) for f in range(170) for la in range(170)]
    lost = [p for p in pairs if whole(*p) and not old(*p)]
    assert (0, 169) in lost
    assert all(first == 0 or last < first for first, last in lost)
    assert not [p for p in pairs if whole(*p) and not safe(*p)]


def test_pair_0_169_loses_everything_on_the_old_rule_and_nothing_on_the_others():
    for room, last in (("premature", 0), ("whole", 169), ("premature, safe", 169)):
        vm = machine(room=room)
        vm.register(0, 0x10000, 1)
        vm.set_index(4, 169)
        vm.write(0x10000, b"\1")
        assert vm.last == last


def test_refusals():
    vm = machine()
    assert [vm.register(k, 0x70, 1) for k in (0, 1, 2, 0x100, 1 << 31)] == [0, 0, 22, 22, 22]
    assert vm.unregister(2, 0x70, 1) == 22
    assert machine(ports=False).register(2, 0x70, 1) == 0
    assert [machine().register(1, n, 1) for n in range(3)] == [0, 0, 0]
    full = machine()
    assert [full.register(1, 0x70, 1) for _ in range(1001)][-1] == 28


@pytest.mark.parametrize(("zone", "range_", "gone"), [
    ((0x70, 8), (0x70, 8), True), ((0x70, 8), (0x72, 1), True), ((0x70, 8), (0x70, 9), False),
    ((0x70, 8), (0x6f, 2), False), ((0x70, 8), (0x78, 0), True), ((0x70, 8), (0x79, 0), False),
    ((0x70, 1 << 31), (0x70, 1 << 31), False), ((0x70, 1 << 31), (0x70, (1 << 31) - 1), True),
    ((0x70, 1), ((1 << 64) - 1, 0x72), False),
])
def test_what_unregistering_removes(zone, range_, gone):
    vm = machine()
    vm.register(1, *zone)
    vm.unregister(0, *range_)
    assert len(vm.zones) == 1
    vm.unregister(1, *range_)
    assert bool(vm.out(0x70, b"\1")) == gone


def test_the_order_of_overlapping_zones_can_be_seen():
    big, small = (1, 0x60, 0x40), (1, 0x70, 1)
    hidden, seen = machine(), machine()
    for zone in (big, small):
        hidden.register(*zone)
    for zone in (small, big):
        seen.register(*zone)
    assert hidden.out(0x71, b"\1") == ["o71.1=1"]
    assert seen.out(0x71, b"\1") == []


@settings(max_examples=100)
@given(SEEDS, st.sampled_from(list(MODEL.KINDS)))
def test_every_write_is_an_entry_or_an_exit(seed, kind):
    """And reads are exits, always: nothing appears and nothing is lost."""
    script = [line for line in MODEL.generate(kind, seed, 60) if line[0] in "ruoiq"]
    vm = machine()
    entries = exits = 0
    for line in script:
        op = line[0]
        since = vm.last
        answer = MODEL.step(vm, line, tails=False)
        if op in "oiq":
            entries += (vm.last - since) % 170
            exits += answer.count(",")
        if op == "q":
            assert answer.count(",") >= 1
    outs = sum(line[0] == "o" for line in script)
    ins = sum(line[0] == "i" for line in script)
    assert entries + exits >= outs + ins
    assert entries <= outs


@settings(max_examples=60)
@given(SEEDS)
def test_the_order_of_registering_does_not_matter_in_the_contract(seed):
    rng = random.Random(seed)  # noqa: S311  (not for secrets)
    zones = []
    addr = 0
    for _ in range(rng.randrange(1, 8)):
        addr += rng.randrange(3)
        size = rng.choice((1, 2, 4))
        zones.append((1, addr, size))
        addr += size
    one, two = machine(), machine()
    for zone in zones:
        one.register(*zone)
    for zone in rng.sample(zones, len(zones)):
        two.register(*zone)
    for port in range(addr + 2):
        for data in (b"\1", b"\1\2", b"\1\2\3\4"):
            assert one.out(port, data) == two.out(port, data)


@settings(max_examples=60)
@given(SEEDS, st.sampled_from(list(MODEL.KINDS)), st.booleans(),
       st.sampled_from(sorted(MODEL.ROOM)))
def test_every_script_can_be_said_as_a_spec(seed, kind, ports, room):
    language = load_language(PROFILE.folder.parent / "lib" / "phrases.toml",
                             PROFILE.folder / "phrases.toml")
    script = MODEL.generate(kind, seed, 40)
    sentences = MODEL.sentences(script, MODEL.Traits(ports, room))
    for n, sentence in enumerate(sentences):
        language.translate(sentence, sentences[:n])


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(list(MODEL.KINDS)))
def test_scripts_are_plain_and_repeat(seed, kind):
    script = MODEL.generate(kind, seed, 80)
    assert script == MODEL.generate(kind, seed, 80)
    for line in script:
        op, *words = line.split()
        assert op in "ruoiswqmtfldp"
        assert all(0 <= int(w, 16) < 1 << 64 for w in words)


def test_bytes_behind_a_value_count_only_where_they_are_asked_for():
    one, two = machine(), machine()
    two.fill_slot(0, 0xA5)
    for vm in (one, two):
        MODEL.step(vm, "r 0 10000 4", tails=False)
    line = "w 0 10000 2 1234"
    assert MODEL.step(one, line, tails=False) == MODEL.step(two, line, tails=False)
    line = "w 0 10000 1 12"
    assert MODEL.step(one, line, tails=True) != MODEL.step(two, line, tails=True)
