# SPDX-License-Identifier: GPL-2.0-or-later
"""Explain rules: the problem, the reason, the next step, two examples."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from harness.cli.console import show, show_json
from harness.cli.kernels import profiles_named
from harness.errors import UsageError
from harness.model import Severity, rules
from harness.model.rules import RuleText


def _of_profiles() -> dict[str, RuleText]:
    """The rules that profiles bring, by their ids; their reasons end with where they look."""
    from harness.lint import source  # noqa: PLC0415

    return {row.text.id: replace(row.text, why=(
        f"{row.text.why} A rule of the profile {profile.name} about {row.function}() in "
        f"{row.file}, see kselftests/{profile.name}/rules/."))
        for profile in profiles_named(None) for row in source.load(profile.folder)}


def known_rules() -> tuple[str, ...]:
    """The ids of all rules, of the harness and of the profiles; checkpatch has its own."""
    return (*rules.table(), *_of_profiles())


def meant(word: str) -> str:
    """Which rules somebody may have meant, as the next step of an error."""
    near = difflib.get_close_matches(word, known_rules(), 3, 0.5)
    near += [name for name in known_rules() if word in name and name not in near][:3]
    return (f"is {' or '.join(near[:4])} meant?" if near else
            "docs/rules.md has all rules, `harness explain RULE` explains one")


def _of_checkpatch(rule: str) -> RuleText:
    kind = rule.removeprefix("checkpatch-").replace("-", "_").upper()
    return RuleText(
        rule, "patch", Severity.NOTE, f"checkpatch.pl of the base tree says {kind}",
        "A style guide is advice: its errors count as warnings here, its warnings as notes.",
        "Documentation/dev-tools/checkpatch.rst of the tree describes each kind.",
        "(see there)", "(see there)")


def explain(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Explain a rule or a finding's id. Returns the exit code."""
    rule = re.sub(r"-[0-9a-f]{8}$", "", args.rule)
    text = rules.table().get(rule) or _of_profiles().get(rule)
    if text is None and rule.startswith("checkpatch-"):
        text = _of_checkpatch(rule)
    if text is None:
        raise UsageError(f"no rule {rule!r}", hint=meant(rule))
    if args.json:
        show_json(asdict(text))
        return 0
    show(f"{text.id} ({text.severity}): {text.summary}\n\n{text.why}\n\nWhat to do: {text.fix}\n")
    for title, example in (("Found", text.bad), ("Not found", text.good)):
        show(f"\n{title}:\n" + "".join(f"    {line}\n" for line in example.splitlines()))
    return 0
