# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules for what no test on x86 can see, against what authors write."""

import pytest

from harness.errors import UsageError
from harness.lint import source
from harness.lint.rule import TreeContext
from harness.settings import ROOT

RIGHT = """static int coalesced_mmio_write(struct kvm_vcpu *vcpu, int len)
{
	if (!coalesced_mmio_in_range(dev, addr, len))
		return -EOPNOTSUPP;

	spin_lock(&dev->kvm->ring_lock);

	insert = READ_ONCE(ring->last);
	if (!coalesced_mmio_has_room(dev, insert)) {
		spin_unlock(&dev->kvm->ring_lock);
		return -EOPNOTSUPP;
	}
	ring->coalesced_mmio[insert].phys_addr = addr;
	memcpy(ring->coalesced_mmio[insert].data, val, len);
	smp_wmb();
	ring->last = (insert + 1) % MAX;
	spin_unlock(&dev->kvm->ring_lock);
	return 0;
}
"""
PATH = "virt/kvm/coalesced_mmio.c"
RULES = source.tree_rules(source.load(ROOT / "kselftests" / "coalesced_io"))


def broken(after, before=RIGHT):
    tree = TreeContext(None, (PATH,), lambda _: before.encode(), lambda _: after.encode(),
                   lambda *_: (), lambda: (), lambda _: None)
    return {rule.id for rule in RULES for _ in rule.check(tree)}


def test_the_right_one():
    assert broken(RIGHT) == set()


BARRIER = "\tsmp_wmb();\n"
PUBLISH = "\tring->last = (insert + 1) % MAX;\n"
UNLOCK = "\t\tspin_unlock(&dev->kvm->ring_lock);\n"


@pytest.mark.parametrize(("old", "new"), [
    (BARRIER + PUBLISH, "\tsmp_store_release(&ring->last, (insert + 1) % MAX);\n"),
    (PUBLISH, "\tWRITE_ONCE(ring->last, (insert + 1) % MAX);\n"),
    (BARRIER, "\tsmp_mb();\n"),
    (BARRIER, "\t/* publish */\n\tsmp_wmb();\n"),
    ("\tspin_lock(&dev->kvm->ring_lock);\n", "\tguard(spinlock)(&dev->kvm->ring_lock);\n"),
    ("\t\tspin_unlock(&dev->kvm->ring_lock);\n\t\treturn -EOPNOTSUPP;\n",
     "\t\tspin_unlock(&dev->kvm->ring_lock);\n\t\tret = -EOPNOTSUPP;\n\t\treturn ret;\n"),
    ("\tspin_unlock(&dev->kvm->ring_lock);\n\treturn 0;\n",
     "\tret = 0;\nout:\n\tspin_unlock(&dev->kvm->ring_lock);\n\treturn ret;\n"),
    ("\tmemcpy(ring->coalesced_mmio[insert].data, val, len);\n",
     ("\tring->coalesced_mmio[insert].len = len;\n"
      "\tmemcpy(ring->coalesced_mmio[insert].data, val, len);\n")),
    ("coalesced_mmio_write", "somewhere_else"),
])
def test_other_right_ones_are_left_alone(old, new):
    assert old in RIGHT
    assert broken(RIGHT.replace(old, new)) == set()


@pytest.mark.parametrize(("old", "new", "rule"), [
    (BARRIER, "", "ring-publish-order"),
    (BARRIER + PUBLISH, PUBLISH + BARRIER, "ring-publish-order"),
    (BARRIER, "\tbarrier();\n", "ring-publish-order"),
    ("\tmemcpy(ring->coalesced_mmio[insert].data, val, len);\n" + BARRIER + PUBLISH,
     BARRIER + PUBLISH + "\tmemcpy(ring->coalesced_mmio[insert].data, val, len);\n",
     "ring-publish-order"),
    (UNLOCK, "", "ring-lock"),
    ("\tspin_lock(&dev->kvm->ring_lock);\n", "", "ring-lock"),
    ("\tsmp_wmb();\n", "\tspin_unlock(&dev->kvm->ring_lock);\n\tsmp_wmb();\n", "ring-lock"),
    ("insert + 1", "ring->last + 1", "ring-index-once"),
])
def test_wrong_ones_are_named(old, new, rule):
    assert old in RIGHT
    assert rule in broken(RIGHT.replace(old, new))


def test_what_the_base_does_too_is_nobodys_fault():
    wrong = RIGHT.replace(BARRIER, "")
    assert broken(wrong, before=wrong) == set()


@pytest.mark.parametrize(("text", "why"), [
    ("[[rule]]\nid = 'x'\nfile = 'f'\nfunction = 'g'\nonec = 'z'\n",
     "unknown key 'onec'"),
    ("[[rule]]\nid = 'x'\nfile = 'f'\nfunction = 'g'\n", "rule 'x'"),
    ("rule = ", "r.toml"),
])
def test_a_wrong_rules_file_is_named(tmp_path, text, why):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.toml").write_text(text)
    with pytest.raises(UsageError, match=why):
        source.load(tmp_path)


BUS = """int {name}(struct kvm *kvm)
{{
	rcu_assign_pointer(kvm->buses[bus_idx], new_bus);
	synchronize_srcu_expedited(&kvm->srcu);
	if (!new_bus)
		pr_err("kvm");
	kfree(bus);
	return 0;
}}
"""
WAIT = "\tsynchronize_srcu_expedited(&kvm->srcu);\n"


@pytest.mark.parametrize(("name", "rule"), [
    ("kvm_io_bus_unregister_dev", "bus-freed-early"),
    ("kvm_io_bus_register_dev", "old-bus-freed-early")])
def test_a_bus_waits_for_its_readers_before_it_goes(name, rule):
    path, right = "virt/kvm/kvm_main.c", BUS.format(name=name)
    last = "\tkfree(bus);\n"
    for wrong, expected in (
            (right.replace(WAIT, ""), {rule}), (right.replace(WAIT, "").replace(last, last + WAIT),
                                                {rule}),
            (right.replace(WAIT, "\tsynchronize_srcu(&kvm->srcu);\n"), set()),
            (right.replace(WAIT, "").replace(last, "\tcall_srcu(&kvm->srcu, &bus->rcu, f);\n"),
             set())):
        tree = TreeContext(None, (path,), lambda _: right.encode(), lambda _, t=wrong: t.encode(),
                           lambda *_: (), lambda: (), lambda _: None)
        assert {one.id for one in RULES for _ in one.check(tree)} == expected
