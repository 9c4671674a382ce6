# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the mail: subject, description, sign-off, changelog.

Documentation/process/submitting-patches.rst
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.lint import changelogs
from harness.lint.rule import Hit, PatchRule, Rule, SeriesRule
from harness.lint.trailers import trailers
from harness.model import Patch, Series
from harness.model.rules import rule_text

_SIGNED = re.compile(r"^Signed-off-by:\s*(.*?)\s*<([^>]*)>", re.MULTILINE | re.IGNORECASE)
# "Note: this is needed." is none.
_TRAILER = re.compile(r"^[A-Z]\w*(?:-\w+)+: .*$|^(?:CC|Cc|Fixes|Links?|Closes|Bug|BugLink): .*$")
_TEMPLATE = re.compile(r"^\W*\*\*\* (?:SUBJECT|BLURB) HERE \*\*\*\W*$|^\W*EDITME\b", re.MULTILINE)
# A list whose rules for mail would not hold rewrites From: (mailman's dmarc_moderation_action).
_REWRITTEN = re.compile(r"\S \(?via(?: \S|\)?$)")


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


def _signers(patch: Patch) -> list[str]:
    """Who signs off in a trailer; prose may quote others."""
    return [who for name, who in trailers(patch) if name == "signed-off-by" and "<" in who]


def signed_off(patch: Patch) -> Iterator[Hit]:
    """Signed-off-by is there."""
    mine = any(patch.email.lower() == mail.lower() for _, mail in _SIGNED.findall(patch.message))
    if not mine and not _signers(patch):
        below = _SIGNED.search(patch.notes)
        yield Hit("Signed-off-by is missing" + (": it stands below a line '---', where git am "
                                                "ends the message" if below else ""))


def author_signed(patch: Patch) -> Iterator[Hit]:
    """The author is among those who signed off."""
    signed = _SIGNED.findall(patch.message) if _signers(patch) else []
    mine = patch.author.strip(' "').casefold()
    if _REWRITTEN.search(patch.author):
        return  # by a list: who wrote it is not known, which ``rewritten`` says
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


def refused_by_am(patch: Patch) -> Iterator[Hit]:
    """Git makes a commit of the mail as it is: a maintainer has nothing else."""
    return _damage(patch, "am")


def rewritten(patch: Patch) -> Iterator[Hit]:
    """The author is who wrote it, and not the list that passed it on."""
    if _REWRITTEN.search(patch.author):
        yield Hit(f"the author is {patch.author} <{patch.email}>: a list rewrote From:, and no "
                  "From: in the body says who wrote the patch", key="rewritten")


def template(series: Series) -> Iterator[Hit]:
    """The template of the cover letter was filled in."""
    texts = (series.title, series.cover, *(t for p in series.patches
                                           for t in (p.subject, p.notes)))
    left = next((m.group().strip() for t in texts if (m := _TEMPLATE.search(t))), "")
    if left:
        yield Hit(f"the template was sent: {left!r} was not filled in", key="template")


def changelog(series: Series) -> Iterator[Hit]:
    """A later version says what changed."""
    if series.answers and not series.cover:
        return  # what it answers may be the cover letter
    if len(series.patches) < max(p.total for p in series.patches):
        return  # a patch alone: its cover letter is elsewhere
    if any(re.search(r"\bRESEND\b", p.raw_subject, re.IGNORECASE) for p in series.patches):
        return
    if series.version < 2:
        return
    if not changelogs.tells(series):
        yield Hit(f"this is v{series.version}, but nothing says what changed since "
                  f"v{series.version - 1}")


def cover_letter(series: Series) -> Iterator[Hit]:
    """A series of several patches has a cover letter."""
    if len(series.patches) > 1 and not series.cover and not series.answers:
        yield Hit(f"{len(series.patches)} patches without a cover letter")


RULES: tuple[Rule, ...] = (
    PatchRule(rule_text("subject-prefix"), subject_prefix),
    PatchRule(rule_text("description"), description),
    PatchRule(rule_text("signed-off"), signed_off),
    PatchRule(rule_text("author-signed"), author_signed),
    PatchRule(rule_text("diffstat"), diffstat),
    PatchRule(rule_text("blanks"), blanks),
    PatchRule(rule_text("parsers-disagree"), disagreement),
    PatchRule(rule_text("git-am"), refused_by_am),
    PatchRule(rule_text("rewritten-author"), rewritten),
    SeriesRule(rule_text("template"), template),
    SeriesRule(rule_text("changelog"), changelog),
    SeriesRule(rule_text("cover-letter"), cover_letter),
)
