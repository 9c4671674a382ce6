# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about trailers (Documentation/process/submitting-patches.rst)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.lint.rule import Hit, PatchRule, Rule, TreeContext, TreeRule
from harness.model import Patch
from harness.model.rules import rule_text

_TRAILER = re.compile(r"^([A-Za-z][A-Za-z-]+): (.+)$")
_FIXES = re.compile(r"^[0-9a-f]{12,40} \(\"(.+)\"\)(?:\s*#.*)?$")
_FIXES_LINE = re.compile(r"fixes:(\s*)((?:commit\s+)?#?[0-9a-f]{5,40}\b.*)$", re.IGNORECASE)
MOST_FIXES = 500  # of a series: each asks git
_IN_BODY = re.compile(r"(?m)^From: (.+<[^>]+>)$")
_MAIL = re.compile(r"<([^>]*)>")


def trailers(patch: Patch) -> tuple[tuple[str, str], ...]:
    """The trailers of a patch as (name in lower case, value): the last paragraphs of them."""
    found: list[tuple[str, str]] = []
    note = False  # within "[a maintainer: what was changed]", which may take several lines
    for text in patch.message.splitlines():
        note = note or text.startswith("[")
        if note:
            note = "]" not in text
            continue
        if match := _TRAILER.match(text.rstrip()):
            found.append((match.group(1).lower(), match.group(2).strip()))
        elif text.strip() and not text.startswith("(cherry picked") and not (
                found and text.startswith((" ", "\t"))):
            found.clear()
    return tuple(found)


def _same(one: str, two: str) -> bool:
    mails = [m.group(1).lower() if (m := _MAIL.search(t)) else t.lower() for t in (one, two)]
    names = [t.split("<")[0].strip(' "').lower() for t in (one, two)]
    return mails[0] == mails[1] or (names[0] == names[1] and names[0] != "")


def _pairs(patch: Patch) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Each trailer with the one after it; after the last, nothing."""
    rows = trailers(patch)
    yield from zip(rows, (*rows[1:], ("", "")), strict=False)


def co_developed(patch: Patch) -> Iterator[Hit]:
    """Co-developed-by is followed at once by that author's Signed-off-by."""
    for here, after in _pairs(patch):
        if here[0] != "co-developed-by":
            continue
        if after[0] != "signed-off-by" or not _same(here[1], after[1]):
            yield Hit(f"Co-developed-by: {here[1]} is not followed by their Signed-off-by",
                      key=here[1])
        elif _same(here[1], f"{patch.author} <{patch.email}>"):
            yield Hit(f"Co-developed-by names the author, {here[1]}", key=here[1])


def order(patch: Patch) -> Iterator[Hit]:
    """The author signs off before those who passed the patch on."""
    rows = trailers(patch)
    signed = [value for n, (name, value) in enumerate(rows) if name == "signed-off-by"
              and not (n and rows[n - 1][0] == "co-developed-by")]
    author = f"{patch.author} <{patch.email}>"
    if signed and any(_same(signed[0], who) for who in _IN_BODY.findall(patch.message)):
        return  # passed on by who sends it (a -stable review): the body says whose it is
    if len(signed) > 1 and not _same(signed[0], author) and any(_same(s, author) for s in signed):
        yield Hit(f"the author, {author}, signed off after {signed[0]}")


def fixes(patch: Patch) -> Iterator[Hit]:
    """Fixes: has 12 digits or more and the title in brackets and quotes."""
    rows = patch.message.splitlines()
    for number, text in enumerate(rows):
        match = _FIXES_LINE.match(text.rstrip())
        if match is None or (match.group(1) and _FIXES.match(match.group(2))):
            continue
        value = match.group(2)
        wrapped = number + 1 < len(rows) and "(" in value and rows[number + 1].rstrip(
            ).endswith('")')
        yield Hit(f"not 'Fixes: <12 digits or more> (\"title\")': {value}"
                  + (", and its title goes on in another line" if wrapped else ""), key=value)


# checkpatch asks for it since 6.3 (commit d7f1d71e5ef6, January 2023).
_CLOSES_SINCE = 2023


def _year(patch: Patch) -> int:
    """The year in which it was written; a patch that does not say so is one of today."""
    found = re.search(r"\b(?:19|20)\d\d\b", patch.date)
    return int(found.group()) if found else 9999


def closes(patch: Patch) -> Iterator[Hit]:
    """Reported-by is followed by Closes: or Link:, so that the report can be found."""
    rows = trailers(patch)
    if _year(patch) < _CLOSES_SINCE:
        return
    if any(name in {"closes", "link", "buglink", "bug", "references", "message-id"}
           for name, _ in rows):
        return
    for name, value in rows:
        if name in {"reported-by", "reported-and-tested-by"} and "privately" not in value:
            yield Hit(f"Reported-by: {value} has no Closes: or Link: beside it", key=value)


def fixes_exist(tree: TreeContext) -> Iterator[Hit]:
    """The commit that Fixes: names is there and has that title."""
    asked = 0
    for patch in tree.series.patches:
        for name, value in trailers(patch):
            match = _FIXES.match(value)
            if name != "fixes" or match is None:
                continue
            asked += 1
            if asked > MOST_FIXES:
                yield Hit(f"patch {patch.number}: more than {MOST_FIXES} Fixes: trailers in the "
                          "series; this one and those after it were not looked up", key="many")
                return
            commit = value.split()[0]
            title = tree.title_of(commit)
            if title == "":
                yield Hit(f"patch {patch.number}: Fixes: {commit} is no commit of this tree",
                          key=value)
            elif title is not None and title != match.group(1):
                yield Hit(f"patch {patch.number}: Fixes: {commit} is {title!r}, not "
                          f"{match.group(1)!r}", key=value)


def recipients(tree: TreeContext) -> Iterator[Hit]:
    """Maintainers of the files touched are on To or Cc. Says nothing of mails not sent yet."""
    sent = frozenset(a for p in tree.series.patches for a in p.recipients)
    if not sent:
        return
    left = [f"{address} ({role})" for address, role in tree.maintainers()
            if address.lower() not in sent and not any(
                _same(f"<{address}>", f"<{p.email}>") for p in tree.series.patches)]
    if left:
        yield Hit(f"not sent to {', '.join(left[:3])}"
                  + (f" and {len(left) - 3} more" if len(left) > 3 else ""),
                  evidence="\n".join(left), key="recipients")


RULES: tuple[Rule, ...] = (
    PatchRule(rule_text("co-developed"), co_developed),
    PatchRule(rule_text("sign-off-order"), order),
    PatchRule(rule_text("fixes"), fixes),
    PatchRule(rule_text("reported-closes"), closes),
    TreeRule(rule_text("recipients"), recipients),
    TreeRule(rule_text("fixes-exists"), fixes_exist),
)
