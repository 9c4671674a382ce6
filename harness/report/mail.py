# SPDX-License-Identifier: GPL-2.0-or-later
"""A reply to the patch, as a reviewer would write it: written to a file, never sent.

Each finding stands under the hunk that it is about; only those that the series introduced are in.
Documentation/process/email-clients.rst, and what the bots of the lists have made usual.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from harness import __version__
from harness.clean import clean, one_line
from harness.evidence import Look, plural
from harness.model import Finding, Patch, Report, Severity, Status, Verdict
from harness.report import summary
from harness.report.causes import problem, sentence
from harness.report.quote import QuotedHunk, excerpt, hunks, nearest

WIDTH = 72
_MORE = re.compile(r" \(and in \d+ more dialects?\)$")
_OUT = re.compile(r" --out \S+")
COMMENTS, ROWS, FIGURES, TESTS = 6, 4, 2, 1  # hunks that are quoted; rows of the tables
QUOTED = 4  # lines of a hunk
_ADDRESS = re.compile(r"[\w+=-]+(\.[\w+=-]+)*@[\w-]+(\.[\w-]+)+", re.ASCII)
_COMPILER = re.compile(r"\S*(?:gcc|g\+\+|clang\S*)(?: -\S+| c\+\+)*: ")
_SEEN = re.compile(r" \(seen with our examples? [^)]+\)")
_ID = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


@dataclass
class _Comment:
    """Findings to quote under one hunk."""

    hunk: QuotedHunk
    found: list[Finding] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def _addressed(report: Report) -> Patch | None:
    """The patch to reply to: that of the most serious finding, else the first."""
    if report.series is None or not report.series.patches:
        return None
    for item in summary.ordered(report.findings):
        for patch in report.series.patches:
            if item.severity is not Severity.NOTE and patch.number == item.patch:
                return patch
    return report.series.patches[0]


def _comments(report: Report, patch: Patch) -> tuple[list[_Comment], list[Finding]]:
    """Split findings into those that belong under a hunk of the patch and the others."""
    rows = hunks(patch.shown.decode("utf-8", "replace"))
    said: dict[int, _Comment] = {}
    rest: list[Finding] = []
    problems = [f for f in summary.ordered(report.findings) if f.severity is not Severity.NOTE
                and not f.rule.startswith("runtime-")]
    # Next to errors a warning is an aside: it is not worth a quotation of its own.
    least = Severity.ERROR if any(f.severity is Severity.ERROR for f in problems) else None
    later: list[Finding] = []
    for item in problems:
        if least and item.severity is not least:
            later.append(item)
            continue
        spot = summary.in_series(item, {f.path for f in patch.files})
        hunk = nearest(rows, *spot) if spot and item.patch in {0, patch.number} else None
        if hunk is None:
            later.append(item)
            continue
        comment = said.setdefault(rows.index(hunk), _Comment(hunk))
        comment.found.append(item)
        comment.lines.append(spot[1] if spot else 0)
    for item in later:  # a program that no longer compiles, under the struct that it uses
        home = _home(item, said.values())
        (home.found if home else rest).append(item)
    shown = sorted(sorted(said, key=lambda n: -len(said[n].found))[:COMMENTS])
    rest += [f for n in said if n not in shown for f in said[n].found]
    return [said[n] for n in shown], rest


def _home(item: Finding, comments: Iterable[_Comment]) -> _Comment | None:
    if item.rule != "uapi-consumer" or not item.struct:
        return None
    return next((c for c in comments if any(item.struct == f.struct for f in c.found)), None)


def _wrap(text: str, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(one_line(text, 500), WIDTH, initial_indent=first,
                         subsequent_indent=later, break_long_words=False,
                         break_on_hyphens=False) or [first.rstrip()]


def _proof(item: Finding) -> list[str]:
    """The line of evidence that says most, indented so that no mailer wraps it."""
    lines = [t.strip() for t in item.evidence.splitlines() if t.strip()]
    if item.rule.startswith("uapi-consumer"):
        return [f"    {one_line(t, 90)}" for t in lines[1:2]]
    said = next((t for t in lines if _COMPILER.match(t)), "")
    if said:  # a compiler's own words say more than where it is
        return [f"    {one_line(_MORE.sub('', said), 90)}"]
    return [f"    {one_line(t, 90)}" for t in lines[:1] if len(lines) > 1]


def _say(found: list[Finding]) -> list[str]:
    """All findings under a hunk; one that repeats for another struct is shortened."""
    out: list[str] = []
    known: set[str] = set()
    for item in found:
        level = "" if item.severity is Severity.ERROR else f"({item.severity.value}) "
        name = ".".join(filter(None, (item.struct, item.member)))
        rest = _SEEN.sub("", item.text.removeprefix(name))
        again = bool(name) and rest in known
        text = f"{name}: the same" if again else _SEEN.sub("", item.text)
        known.add(rest)
        shown = again or (item.rule == "uapi-source" and any(
            f.rule == "uapi-consumer" for f in found))
        out += [*_wrap(f"{level}{text} [{item.id}]"), *([] if shown else _proof(item))]
    return [*out, ""]


def _inline(comments: list[_Comment]) -> list[str]:
    out: list[str] = []
    path = ""
    for comment in comments:
        if comment.hunk.path != path:
            path = comment.hunk.path
            out.append(f"> +++ b/{path}")
        quoted = [f"> {clean(t)}".rstrip() for t in excerpt(comment.hunk, comment.lines, QUOTED)]
        while len(quoted) > 1 and quoted[-1].strip("> +-") == "":
            quoted.pop()
        out += [t for n, t in enumerate(quoted) if n != 1 or t != ">"]
        out += ["", *_say(comment.found)]
    return out


def _tests(report: Report) -> list[str]:
    rows = summary.blamed(report)
    if not report.changes:
        return []
    total, bad = len(report.changes), len(rows)
    out = [f"{total} tests, {bad} newly failing with this series{':' if bad else '.'}"]
    last = ""
    rows = tuple(sorted(rows, key=lambda r: r.after is not Status.CRASHED))
    for row in rows[:TESTS]:
        reason = row.reason_after.removeprefix("kernel: ") or row.log.partition("\n")[0]
        reason = one_line(reason, 2 * WIDTH - 12)
        named = "".join(f" [{f.id}]" for f in report.findings if f.where.test == row.name)
        out.append(f"  {one_line(row.name, 70)}: {row.before.value} -> {row.after.value}{named}")
        out += _wrap(reason, "    ", "    ") if reason != last else []
        last = reason
    if len(rows) > TESTS:
        names = one_line(", ".join(r.name for r in rows[TESTS:]), 200)
        out += _wrap(f"and {names}", "  ", "  ")
    return [*out, ""]


def _measured(report: Report) -> list[str]:
    rows = summary.figures(report)[:FIGURES]
    if not rows:
        return []
    wide = max(len(name) for name, *_ in rows)
    return [f"{'Measured':{wide}}  {'base':>9}  {'patched':>9}",
            *(f"{name:{wide}}  {old:>9}  {new:>9}" for name, _, old, new in rows), ""]


def _rest(rest: list[Finding], patch: Patch) -> list[str]:
    if not rest:
        return []
    out = ["Other findings:"]
    for item in rest[:ROWS]:
        where = f"patch {item.patch}: " if item.patch not in {0, patch.number} else ""
        spot = f"{str(item.where).rpartition('/')[2]}: " if item.where else ""
        text = item.text if item.severity is Severity.ERROR else problem(item)
        room = 3 * WIDTH - 36 - len(where + spot + item.id)  # three lines, however words break
        out += _wrap(f"{where}{spot}{one_line(text, max(room, 40))} [{item.id}]", "- ", "  ")
        out += _proof(item) if item.severity is Severity.ERROR else []
    if len(rest) > ROWS:
        out.append(f"- and {plural(len(rest) - ROWS, 'finding')} more in the report")
    return [*out, ""]


def _footer(report: Report) -> list[str]:
    out = []
    base = f"{report.tree.name} ({report.tree.origin})" if report.tree else "no tree"
    # without folders of this machine
    repeat = _OUT.sub("", report.reproduce.rpartition(" && ")[2])
    repeat = re.sub(r"^\S*/(?=run )", "./", repeat)
    out += [f"Base: {one_line(base)}", f"Reproduce: {one_line(repeat, 160)}"]
    wrong = summary.blamed(report) or any(f.severity is Severity.ERROR for f in report.findings)
    tested = any(f.has(Look.TESTED) for f in report.evidence)
    if report.verdict is Verdict.PASS and tested and not wrong and not report.ended:
        out += ["", "Suggested tag; add it yourself if you agree:",
                "Tested-by: Your Name <you@example.org>"]
    return out


def _looked_at(report: Report) -> list[str]:
    """The paragraphs on what was looked at, what was not, and which parts were rebuilt."""
    # What a test of the tree wants of a machine is no affair of an author's.
    missing = [row for row in summary.unchecked(report) if summary.SKIPPED not in row]
    out = [*_wrap(f"Looked at: {summary.looked_at(report)}."), ""]
    if missing:
        out += ["Not looked at:", *(t for row in missing[:4]
                                    for t in _wrap(one_line(row, 2 * WIDTH - 12), "- ", "  "))]
        out += [f"- and {len(missing) - 4} more"] if len(missing) > 4 else []
        out.append("")
    if report.inferred:
        files = dict.fromkeys(part.partition(":")[0] for part in report.inferred)
        out += [*_wrap("Rebuilt in part, and not judged here: "
                       f"{', '.join(list(files)[:6])}."), ""]
    return out


def _conclusion(report: Report) -> list[str]:
    """What a reader who stops here has to know."""
    wrong = sentence(report.findings)
    if report.ended and report.verdict is not Verdict.REFUSED:
        return [*_wrap("This draft is not to be sent: the run ended early "
                       f"({report.ended.rstrip('.')}), and says nothing of the series yet."), ""]
    if wrong:
        return [*_wrap(f"In short: {wrong}."), ""]
    words = {Verdict.PASS: "No problems found.",
             Verdict.FAIL: "There are warnings, which this list does not take.",
             Verdict.REFUSED: f"The series was not tested: {report.ended.rstrip('.')}.",
             Verdict.INCOMPLETE: "Nothing wrong was found, but not all of it could be looked at; "
                                 "see below for what.",
             Verdict.NOT_TESTED: "Nothing of it could be tested; see below for why."}
    return [*_wrap(words[report.verdict]), ""] if report.verdict in words else []


def _as_posted(report: Report) -> Report:
    """The report without what is about rebuilt parts: no author is to answer for those."""
    gone = {f.where.test for f in report.findings if f.inferred}
    return replace(report, findings=tuple(f for f in report.findings if not f.inferred),
                   changes=tuple(c for c in report.changes if c.name not in gone))


def body(report: Report, patch: Patch | None) -> str:
    """The text below the headers."""
    comments, rest = _comments(report, patch) if patch is not None else ([], [])
    out, tests = _conclusion(report), _tests(report)
    if summary.blamed(report):  # a crash is said before style
        out, tests = [*out, *tests], []
    out += _looked_at(report)
    if patch is not None and comments:
        who = one_line(patch.author, 60) or "the author"
        out += [f"On {one_line(patch.date, 40)}, {who} wrote:" if patch.date
                else f"{who} wrote:", *_inline(comments)]
    out += [*_rest(rest, patch)] if patch is not None else []
    figures = _measured(report) if report.verdict is Verdict.PASS else []  # else they are noise
    out += [*tests, *figures, *_footer(report),
            "-- ", f"kernel patch harness {__version__}; automatically generated draft"]
    return "\n".join(_inert(line) for line in "\n".join(out).split("\n")) + "\n"


def _inert(line: str) -> str:
    """No line that a mailbox or a bot would take for its own."""
    return f">{line}" if line.startswith("From ") else (
        f" {line}" if line.startswith(("#syz", ".\r", "diff --git")) or line == "." else line)


def _people(patch: Patch) -> tuple[list[Address], list[Address]]:
    """To and Cc: whoever got the patch, as far as they are plain addresses."""
    author = parseaddr(patch.email)[1] or patch.email
    known = _ADDRESS.fullmatch(author)
    to = [Address(one_line(patch.author, 80), addr_spec=author)] if known else []
    cc = [Address(addr_spec=r) for r in dict.fromkeys(patch.recipients)
          if _ADDRESS.fullmatch(r) and r != author.lower()]
    return to, cc[:60]


def render(report: Report) -> str:
    """The whole mail; headers that nothing is known for are left out."""
    report = _as_posted(report)
    patch = _addressed(report)
    message = EmailMessage(policy=default.clone(max_line_length=998, cte_type="8bit"))
    subject = one_line((patch.raw_subject or patch.subject) if patch else report.title, 300)
    message["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    if patch is not None:
        to, cc = _people(patch)
        if to:
            message["To"] = to
        if cc:
            message["Cc"] = cc
        if _ID.fullmatch(patch.message_id):
            reference = f"<{patch.message_id.strip('<>')}>"
            message["In-Reply-To"] = reference
            message["References"] = reference
    message.set_content(body(report, patch), cte="8bit")
    return message.as_bytes().decode("utf-8", "replace")
