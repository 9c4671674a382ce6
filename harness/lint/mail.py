# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the mail: subject, description, sign-off, changelog.

Documentation/process/submitting-patches.rst
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.lint.rule import Hit, PatchRule, Rule, SeriesRule
from harness.model import Patch, Series
from harness.model.rules import rule_text

_SIGNED = re.compile(r"^Signed-off-by:\s*(.*?)\s*<([^>]*)>", re.MULTILINE | re.IGNORECASE)
_TRAILER = re.compile(r"^[A-Z][\w-]+(?:-by)?: .*$|^(?:Cc|Fixes|Link|Closes): .*$")
# However authors say it: "v2:", "Changes since v1", "RFC -> v1", an interdiff or range-diff.
_CHANGELOG = re.compile(r"(?im)^\W*(?:version\s*|v)\d+\b|\b(?:chang|differ|since|resen|diff)\w*\b"
                        r".{0,60}\bv?\d|\bRFC\b.{0,10}[-=]>|^\W*v?\d+\s*[-=]>\s*v?\d|interdiff"
                        r"|range-diff|change\s?log")


def subject_prefix(patch: Patch) -> Iterator[Hit]:
    """The subject names the subsystem: ``KVM: x86: Do this``."""
    if not re.match(r"^[\w./,*+{}()|:@' -]{1,60}:\s*\S|^(?:Revert|Reapply|Partially revert) \"",
                    patch.subject):
        yield Hit(f"the subject has no subsystem prefix: {patch.subject!r}")


def description(patch: Patch) -> Iterator[Hit]:
    """There is a description besides the trailers."""
    paragraphs = [t for t in re.split(r"\n\s*\n", patch.message) if t.strip()]
    lines = [t for part in paragraphs for t in part.splitlines() if t.strip()]
    if not lines or (all(_TRAILER.match(t) for t in lines)
                     and "-by: " in "\n".join(lines).lower()):
        yield Hit("the commit message has no description")


def signed_off(patch: Patch) -> Iterator[Hit]:
    """Signed-off-by is there."""
    if not _SIGNED.search(patch.message):
        yield Hit("Signed-off-by is missing")


def author_signed(patch: Patch) -> Iterator[Hit]:
    """The author is among those who signed off."""
    signed = _SIGNED.findall(patch.message)
    mine = patch.author.strip(' "').casefold()
    if signed and not any(patch.email.lower() == mail.lower()
                          or mine == name.strip(' "').casefold() for name, mail in signed):
        yield Hit(f"the author, {patch.author} <{patch.email}>, has not signed off")


def _damage(patch: Patch, kind: str) -> Iterator[Hit]:
    return (Hit(d.message) for d in patch.damage if d.kind == kind)


def diffstat(patch: Patch) -> Iterator[Hit]:
    """The diffstat and the diff agree: a difference means that hunks were lost or edited."""
    return _damage(patch, "diffstat")


def blanks(patch: Patch) -> Iterator[Hit]:
    """The blanks are the author's: kernel source is indented by tabs."""
    return _damage(patch, "blanks")


def disagreement(patch: Patch) -> Iterator[Hit]:
    """Two parsers see the same files touched: else one reads what the other overlooks."""
    return _damage(patch, "disagreement")


def changelog(series: Series) -> Iterator[Hit]:
    """A later version says what changed."""
    if len(series.patches) < max(p.total for p in series.patches):
        return  # a patch alone: its cover letter is elsewhere
    if any(re.search(r"\bRESEND\b", p.raw_subject, re.IGNORECASE) for p in series.patches):
        return
    text = series.cover + "\n".join(p.notes + p.message for p in series.patches)
    text = re.sub(r"(?m)^.*(?:files? changed|\|).*$", "", text)  # a diffstat is no changelog
    if series.version > 1 and not _CHANGELOG.search(text):
        yield Hit(f"this is v{series.version}, but nothing says what changed since "
                  f"v{series.version - 1}")


def cover_letter(series: Series) -> Iterator[Hit]:
    """A series of several patches has a cover letter."""
    if len(series.patches) > 1 and not series.cover:
        yield Hit(f"{len(series.patches)} patches without a cover letter")


RULES: tuple[Rule, ...] = (
    PatchRule(rule_text("subject-prefix"), subject_prefix),
    PatchRule(rule_text("description"), description),
    PatchRule(rule_text("signed-off"), signed_off),
    PatchRule(rule_text("author-signed"), author_signed),
    PatchRule(rule_text("diffstat"), diffstat),
    PatchRule(rule_text("blanks"), blanks),
    PatchRule(rule_text("parsers-disagree"), disagreement),
    SeriesRule(rule_text("changelog"), changelog),
    SeriesRule(rule_text("cover-letter"), cover_letter),
)
