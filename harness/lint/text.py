# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the added lines as text. Lines of context are nobody's fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.clean import BIDI, clean
from harness.lint.rule import Hit, PatchRule, Rule
from harness.model import Location, Patch, PatchFile
from harness.model.rules import rule_text

_BIDI = re.compile(f"[{BIDI}]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) |^={7}$")
_SOURCE = (".c", ".h", ".S", ".py", ".sh", ".rst")

_TOP = 3  # lines: behind "#!" and an empty one


def _added(patch: Patch) -> Iterator[tuple[PatchFile, int, str]]:
    for file in patch.files:
        for line, text in file.added_lines:
            yield file, line, text


def bidi(patch: Patch) -> Iterator[Hit]:
    """No bidirectional control characters: code must read as it compiles (CVE-2021-42574)."""
    for file, line, text in _added(patch):
        if match := _BIDI.search(text):
            yield Hit(f"bidirectional control character in column {match.start() + 1}",
                      Location(file.path, line), clean(text))


def conflict(patch: Patch) -> Iterator[Hit]:
    """No conflict markers; a ruled line of seven is one only between two others."""
    sure = {file.path for file, _, text in _added(patch) if re.match(r"<{7} |>{7} ", text)}
    for file, line, text in _added(patch):
        if _CONFLICT.match(text) and file.path in sure:
            yield Hit("conflict marker", Location(file.path, line), clean(text))


def whitespace(patch: Patch) -> Iterator[Hit]:
    """No trailing blanks."""
    for file, line, text in _added(patch):
        if text != text.rstrip(" \t"):
            yield Hit("trailing whitespace", Location(file.path, line), clean(text))


def licence(patch: Patch) -> Iterator[Hit]:
    """A new source file says its licence (Documentation/process/license-rules.rst)."""
    for file in patch.files:
        link = f"b/{file.path}\nnew file mode 120000".encode("utf-8", "surrogateescape")
        if file.new and file.path.endswith(_SOURCE[:5]) and file.added_lines and (
                link not in patch.diff):
            at = next((n for n, (_, text) in enumerate(file.added_lines, 1)
                       if "SPDX-License-Identifier:" in text), 0)
            if not at or at > _TOP:
                says = f"stands in line {at}, not in its first" if at else "is missing"
                yield Hit(f"SPDX-License-Identifier of a new file {says}", Location(file.path, 1))


RULES: tuple[Rule, ...] = (
    PatchRule(rule_text("bidi"), bidi),
    PatchRule(rule_text("conflict-marker"), conflict),
    PatchRule(rule_text("trailing-whitespace"), whitespace),
    PatchRule(rule_text("licence"), licence),
)
