# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documentation says must be so."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import profiles, settings
from harness.cli.parser import build_parser
from harness.generate import load_spec
from harness.lint import RULES
from harness.model import rules
from harness.report import FORMATS
from tests import made

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


def test_every_rule_has_two_examples():
    for rule in RULES:
        folder = ROOT / "tests" / "data" / "lint" / rule.id
        assert {p.stem for p in folder.iterdir()} >= {"good", "bad"}, rule.id
    assert len({r.id for r in RULES}) == len(RULES)


MADE = {  # ids that are put together where they are used
    f"{head}-{tail}" for head, tails in {
        "warning": ("w1", "sparse"), "claim": ("differs",)}.items() for tail in tails}


def test_every_id_of_a_finding_has_a_row():
    """Every literal that is the rule of a Finding, and every row is used somewhere."""
    source = "\n".join(p.read_text() for p in (ROOT / "harness").rglob("*.py"))
    used = set(re.findall(r'"([a-z]+(?:-[a-z0-9]+)*)"', source)) | MADE
    assert set(re.findall(r'Finding\(\s*"([\w-]+)"', source)) <= set(rules.table())
    assert not [name for name in rules.table() if name not in used]
    assert {r.id for r in RULES} == {
        n for n, r in rules.table().items() if r.looks_at in {"patch", "series", "tree"}}


def test_the_coverage_table_and_the_tests_agree():
    rows = re.findall(r"^\| ([A-Z]\d+) \| (.*?) \| (.*?) \| (.*?)\|$",
                      (ROOT / "docs" / "coverage.md").read_text(), re.MULTILINE)
    table = {id_: set(re.findall(r"`(\w+\.\w+)`", tests)) for id_, _, tests, _ in rows}
    assert len(table) == len(rows) > 50
    profile = profiles.load(ROOT / "kselftests" / "coalesced_io")
    covers, every = {}, set()
    for path in profile.specs:
        for test in load_spec(path).tests:
            name = f"{path.stem}.{test.name}"
            every.add(name)
            for id_ in test.covers:
                covers.setdefault(id_, set()).add(name)
    for path in profile.handwritten:  # these say in the table alone what they cover
        every |= {f"{path.stem}.{n}" for n in re.findall(r"\{ \"(\w+)\", \1", path.read_text())}
    for id_, tests in table.items():
        assert tests, id_
        assert tests <= every, id_
        specs = {t for t in tests if any(t.startswith(f"{p.stem}.") for p in profile.specs)}
        assert specs == covers.get(id_, set()), id_
    assert set(covers) <= set(table)
    assert every == {t for tests in table.values() for t in tests}, "every test is for something"


def test_help_has_examples_everywhere():
    parser = build_parser()
    actions = next(a for a in parser._actions if a.dest == "command")
    for name, sub in actions.choices.items():
        assert "example" in sub.format_help(), name


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse words its help anew")
def test_the_man_page_and_the_completions_are_those_of_the_parser():
    for name, text in made.made().items():
        have = (ROOT / "docs" / name).read_text()
        assert have.split() == text.split(), f"python -m tests.made would change {name}"


def test_the_man_page_names_every_variable():
    page = (ROOT / "docs" / "harness.1.in").read_text()
    fields = {f.name.upper() for f in dataclasses.fields(settings.Settings)} - {"CHOICE"}
    assert {n for n in fields | {"PATCHWORK_TOKEN"} if f"HARNESS_{n}" not in page} == set()


@pytest.mark.parametrize(("words", "answer"), [
    ("check --tree debian-6.12", "debian-6.12"), ("explain uapi-lay", "uapi-layout"),
    ("lint --ignore uapi-lay", "uapi-layout"), ("check --suite kun", "kunit"),
    ("run --profile coal", "coalesced_io"), ("cache l", "list"), ("--vers", "--version")])
def test_bash_completes(words, answer):
    words = ["harness", *words.split()]
    done = subprocess.run(
        ["bash", "-c", "source docs/completion/harness.bash; _shtab_harness; "
         'echo "${COMPREPLY[@]}"'.replace("_shtab_harness;", f"COMP_WORDS=({' '.join(words)}) "
                                          f"COMP_CWORD={len(words) - 1}; _shtab_harness;")],
        cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer in done.stdout.split(), done


def test_every_format_is_documented():
    text = (ROOT / "docs" / "reports.md").read_text()
    for name in FORMATS:
        assert f"| `{name}` |" in text, name


PATHS = re.compile(r"(?<![\w/.])(?:harness|tests|kselftests|patches|docs)/[\w./-]*\w")


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), *ROOT.glob("*.md")],
                         ids=lambda p: p.name)
def test_what_a_page_names_is_there(page):
    named = {m.group() for m in PATHS.finditer(page.read_text("utf-8"))}
    gone = sorted(n for n in named if not (ROOT / n).exists()
                  and not n.startswith(("harness/config.toml", "harness/cells", "harness/runs")))
    assert not gone
