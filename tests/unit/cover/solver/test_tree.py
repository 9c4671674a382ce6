# SPDX-License-Identifier: GPL-2.0-or-later
"""Kconfig files of today's language, and of any size."""

import kconfiglib as kc
import pytest

from harness.cover.solver import tree as module
from harness.cover.solver.tree import UnmetError, parts


def test_modules_is_a_property_of_its_own_since_6_2(kconfig):
    text = 'config MODULES\n\tbool "x"\n\tdefault y\n\tmodules  \nconfig T\n\ttristate "t"\n'
    tree = kconfig.tree(text)
    assert tree.syms["T"].assignable == (0, 1, 2)
    assert tree.syms["MODULES"].nodes[0].prompt[0] == "x"


def test_a_help_text_stays_a_help_text(kconfig):
    text = 'config A\n\tbool "a"\n\thelp\n\t  Has modules.\n\t  transitional\n\t  End.\nconfig B\n'
    tree = kconfig.tree(text + '\tbool "b"\n')
    assert {s.name for s in tree.unique_defined_syms} == {"A", "B"}
    assert "End." in tree.syms["A"].nodes[0].help


def test_transitional_symbols_are_read(kconfig):
    """Since 6.18."""
    tree = kconfig.tree('config A\n\tbool\n\ttransitional\n\tdefault y\nconfig B\n\tbool "b"\n')
    assert tree.syms["A"].tri_value == 2
    assert tree.syms["B"].nodes[0].prompt[0] == "b"


def test_what_is_no_text_is_read(kconfig):
    kconfig.file.write_bytes(b'config A\n\tbool "\xff\xfe"\r\nconfig B\n\tbool "b"\n')
    tree = module.Tree(str(kconfig.file), warn=False)
    assert {s.name for s in tree.unique_defined_syms} == {"A", "B"}


def test_a_file_without_end_is_not_read(kconfig, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILE", 40)
    text = 'config A\n bool "a"\n'
    assert "A" in kconfig.tree(text.ljust(40)).syms
    with pytest.raises(UnmetError, match="Kconfig is larger than"):
        kconfig.tree(text.ljust(41))


def test_a_config_without_end_is_not_read_either(kconfig, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILE", 40)
    with pytest.raises(UnmetError, match="config is larger than"):
        kconfig.solver('config A\n bool "a"\n', "#" * 41)


def test_symbols_that_wait_for_one_another_are_no_tree(kconfig):
    with pytest.raises(kc.KconfigError, match="Dependency loop"):
        kconfig.tree('config A\n bool "a"\n depends on B\nconfig B\n bool "b"\n depends on A\n')


def test_a_file_that_includes_itself_is_no_tree(kconfig):
    with pytest.raises(kc.KconfigError, match="recursive 'source'"):
        kconfig.tree(f'source "{kconfig.file}"\n')


def test_an_expression_is_taken_apart(kconfig):
    tree = kconfig.tree('config X\n bool "x"\n depends on A && (B && (C || D)) && E\n')
    rule = tree.syms["X"].direct_dep
    assert [kc.expr_str(p) for p in parts(kc.AND, rule)] == ["A", "B", "C || D", "E"]
    assert parts(kc.OR, rule) == [rule]
    assert parts(kc.AND, tree.n) == [tree.n]
