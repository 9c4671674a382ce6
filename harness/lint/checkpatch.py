# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the output of the tree's own checkpatch.pl into findings. Pure."""

from __future__ import annotations

import re

from harness.clean import one_line
from harness.lint.text import licence
from harness.model import NOWHERE, Finding, Location, Patch, Severity

ARGUMENTS = ("--no-tree", "--terse", "--show-types", "--showfile", "--no-summary", "-")
# checkpatch.pl, the lists that it reads, and nothing of the patched tree: it is a program
FILES = ("scripts/checkpatch.pl", "scripts/spelling.txt", "scripts/const_structs.checkpatch")
_LINE = re.compile(r"^(.*?):(\d+): (ERROR|WARNING):([A-Z0-9_]+): (.*)$")
# Rules of our own say the same, and more.
_OURS = frozenset({"MISSING_SIGN_OFF", "NO_AUTHOR_SIGN_OFF", "FILE_PATH_CHANGES",
                   "TRAILING_WHITESPACE", "BAD_FIXES_TAG"})
_CO_DEVELOPED = re.compile(r"co-developed-by", re.IGNORECASE)
# What stable-kernel-rules.rst demands of a backport, and checkpatch takes for a bad description.
_BACKPORT = re.compile(r"(?im)^(?:\[ *upstream commit [0-9a-f]{12,40} *\]|"
                       r"commit [0-9a-f]{12,40} upstream\.?)$")
_COMMIT = re.compile(r"(?i)\bcommit [0-9a-f]{7,}")
_COMMITS = frozenset({"GIT_COMMIT_ID", "UNKNOWN_COMMIT_ID"})
# A style guide is advice: its errors are our warnings.
_LEVEL = {"ERROR": Severity.WARNING, "WARNING": Severity.NOTE}


def findings(patch: Patch, output: str) -> tuple[Finding, ...]:
    """One finding per message; the id holds the text of the line, so it survives moved lines."""
    lines = {(f.path, n): text for f in patch.files for n, text in f.added_lines}
    # Where no other commit is spoken of, all that it says of commits is about that line.
    backport = _BACKPORT.search(patch.message) and not _COMMIT.search(
        _BACKPORT.sub("", patch.message))
    bare = {hit.where.path for hit in licence(patch)}  # told by a rule of our own
    seen = []
    for row in output.splitlines():
        match = _LINE.match(row)
        if match is None or match.group(4) in _OURS:
            continue
        path, number, level, kind, says = match.groups()
        if (kind in _COMMITS and backport) or (
                kind == "BAD_SIGN_OFF" and _CO_DEVELOPED.search(says)) or (
                kind == "SPDX_LICENSE_TAG" and path in bare):
            continue
        text = lines.get((path, int(number)), "")
        inside = any(f.path == path for f in patch.files)
        seen.append(Finding(
            f"checkpatch-{kind.lower().replace('_', '-')}", _LEVEL[level], one_line(says),
            Location(path, int(number)) if inside else NOWHERE, text, patch.number,
            subject=f"{path if inside else ''} {text or says}"))
    return tuple(seen)
