# SPDX-License-Identifier: GPL-2.0-or-later
"""What each rule means, and what to do about a finding."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from harness import settings
from harness.cli.console import (
    show,
    show_json,
)
from harness.cli.kernels import profiles_named
from harness.errors import UsageError


def _of_a_profile(rule: str) -> tuple[str, str] | None:
    """Severity and meaning of a rule that a profile brings."""
    from harness.lint import source  # noqa: PLC0415

    for profile in profiles_named(None):
        for row in source.load(profile.folder):
            if row.id == rule:
                return str(row.severity), (f"{row.says}\n\nA rule of the profile {profile.name} "
                                           f"about {row.function} in {row.file}: "
                                           f"kselftests/{profile.name}/rules/")
    return None


def known_rules() -> tuple[str, ...]:
    """The ids of all rules, of the harness and of the profiles; checkpatch has its own."""
    from harness.lint import source  # noqa: PLC0415

    text = (settings.ROOT / "docs" / "rules.md").read_text("utf-8")
    own = (row.id for profile in profiles_named(None) for row in source.load(profile.folder))
    return (*re.findall(r"(?m)^\| `([\w-]+)` \|", text), *own)


def explain(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    """Explain a rule or a finding's id. Returns the exit code."""
    text = (settings.ROOT / "docs" / "rules.md").read_text("utf-8")
    rule = re.sub(r"-[0-9a-f]{8}$", "", args.rule)
    page = re.search(rf"(?ms)^### `{re.escape(rule)}`\n\n(.*?)(?=^### |\Z)", text)
    row = re.search(rf"(?m)^\| `{re.escape(rule)}` \| (\w+) \|(?:.*\|)? (.*?) \|$", text)
    if row is not None:
        level, says = row.groups()
    elif rule.startswith("checkpatch-"):
        kind = rule.removeprefix("checkpatch-").replace("-", "_").upper()
        level, says = "advice", (f"{kind} of the tree's checkpatch.pl, see its "
                                 "Documentation/dev-tools/checkpatch.rst")
    elif (own := _of_a_profile(rule)) is not None:
        level, says = own
    else:
        raise UsageError(f"no rule {rule!r}", hint=f"one of {', '.join(known_rules())}")
    body = page.group(1).strip() if page else ""
    if args.json:
        show_json({"rule": rule, "severity": level, "says": says, "page": body})
    else:
        show(f"{rule} ({level}): {says}\n" + (f"\n{body}\n" if body else ""))
    return 0
