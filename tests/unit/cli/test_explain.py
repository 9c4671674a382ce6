# SPDX-License-Identifier: GPL-2.0-or-later
import json

import pytest

from harness.model import rules


@pytest.mark.parametrize("name", list(rules.table()))
def test_every_rule_is_explained_with_both_examples(cli, name):
    text, said = rules.table()[name], cli("explain", name)
    assert said.code == 0
    assert said.out.startswith(f"{name} ({text.severity}): {text.summary}\n")
    for part in (text.why, text.fix, *text.bad.splitlines(), *text.good.splitlines()):
        assert part in said.out


def test_the_id_of_a_finding_is_explained_too(cli):
    assert cli("explain", "fixes-0123abcd").out == cli("explain", "fixes").out
    data = json.loads(cli("explain", "fixes", "--json").out)
    assert (data["id"], data["severity"]) == ("fixes", "warning")


def test_rules_of_a_profile_and_of_checkpatch(cli):
    assert "smp_wmb()" in cli("explain", "ring-publish-order").out
    said = cli("explain", "checkpatch-long-line")
    assert said.code == 0
    assert "LONG_LINE" in said.out


def test_an_unknown_rule_is_wrong_use_and_names_what_may_be_meant(cli):
    said = cli("explain", "subject-prefi")
    assert (said.code, said.out) == (2, "")
    assert "is subject-prefix meant?" in said.err
    assert "docs/rules.md" in cli("explain", "zzzz").err
