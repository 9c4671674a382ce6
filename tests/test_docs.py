# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documentation says must be so."""

import re
from pathlib import Path

import pytest

from harness.lint import RULES
from harness.options import build_parser

ROOT = Path(__file__).resolve().parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.name)
def test_commands_parse(path):
    for line in re.findall(r"^\$ (?:\./run|harness) (.*)$", path.read_text(), re.MULTILINE):
        words = line.split("#")[0].split()
        if words and words[0] not in {"test", "bench"}:
            build_parser().parse_args(words)


def test_every_rule_has_a_line_in_the_docs_and_two_examples():
    text = (ROOT / "docs" / "rules.md").read_text()
    for rule in RULES:
        assert f"`{rule.id}`" in text, rule.id
        folder = ROOT / "tests" / "data" / "lint" / rule.id
        assert {p.stem for p in folder.iterdir()} >= {"good", "bad"}, rule.id
    assert len({r.id for r in RULES}) == len(RULES)


def test_help_has_examples_everywhere():
    parser = build_parser()
    actions = next(a for a in parser._actions if a.dest == "command")
    for name, sub in actions.choices.items():
        assert "example" in sub.format_help(), name
