# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the output of the tree's own checkpatch.pl into findings. Pure."""

from __future__ import annotations

import re

from harness.clean import one_line
from harness.model import NOWHERE, Finding, Location, Patch, Severity

ARGUMENTS = ("--no-tree", "--terse", "--show-types", "--showfile", "--no-summary", "-")
# checkpatch.pl, the lists that it reads, and nothing of the patched tree: it is a program
FILES = ("scripts/checkpatch.pl", "scripts/spelling.txt", "scripts/const_structs.checkpatch")
_LINE = re.compile(r"^(.*?):(\d+): (ERROR|WARNING):([A-Z0-9_]+): (.*)$")
# Rules of our own say the same, and more.
_OURS = frozenset({"MISSING_SIGN_OFF", "NO_AUTHOR_SIGN_OFF", "FILE_PATH_CHANGES"})
# A style guide is advice: its errors are our warnings.
_LEVEL = {"ERROR": Severity.WARNING, "WARNING": Severity.NOTE}


def findings(patch: Patch, output: str) -> tuple[Finding, ...]:
    """One finding per message; the id holds the text of the line, so it survives moved lines."""
    lines = {(f.path, n): text for f in patch.files for n, text in f.added_lines}
    seen = []
    for row in output.splitlines():
        match = _LINE.match(row)
        if match is None or match.group(4) in _OURS:
            continue
        path, number, level, kind, says = match.groups()
        text = lines.get((path, int(number)), "")
        inside = any(f.path == path for f in patch.files)
        seen.append(Finding(
            f"checkpatch-{kind.lower().replace('_', '-')}", _LEVEL[level], one_line(says),
            Location(path, int(number)) if inside else NOWHERE, text, patch.number,
            subject=f"{path if inside else ''} {text or says}"))
    return tuple(seen)
