# SPDX-License-Identifier: GPL-2.0-or-later
"""Each format against its own schema or reader, with what a hostile series would put there."""

import copy
import email
import email.policy
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema
import junitparser
import kcidb_io
import pytest

from harness.clean import BIDI
from harness.cli import history
from harness.compare import changes
from harness.errors import InfrastructureError, UsageError
from harness.evidence import FileEvidence, FileKind, Look, Sight
from harness.guest import ktap
from harness.model import (
    BAD,
    Finding,
    Location,
    Offer,
    Outcome,
    PatchFile,
    Severity,
    Splat,
    StageResult,
    Status,
    Suite,
    Verdict,
)
from harness.report import (
    FORMATS,
    checks,
    html,
    json_,
    load,
    mail,
    quote,
    render,
    summary,
    terminal,
)
from tests.make import DATA, guest_run, member, patch, report, series, struct

SARIF = json.loads((DATA / "schemas/sarif-2.1.0.json").read_text())
OWN = json.loads(json_.SCHEMA.read_text())
NASTY = ("\x1b[2J\x1b]0;owned\x07</script><script>owned=1</script>{{ 7 * 7 }}::error::x\r\n"
         "::stop-commands::y\nBcc: victim@example.org\r\n\u202e\u2066\udcff\x00\x85\u2028 # SKIP "
         "]]>&amp;<!--[bold]x[/bold]\n#syz fix: x\nFrom nobody\n.\n")
DIFF = b"""diff --git a/include/uapi/linux/toy.h b/include/uapi/linux/toy.h
--- a/include/uapi/linux/toy.h
+++ b/include/uapi/linux/toy.h
@@ -16,6 +16,6 @@ enum toy {
 struct toy_zone {
 	__u64 addr;
 	__u32 size;
-	__u32 pad;
+	__u32 kind;
 };
 
"""
HEADER = "include/uapi/linux/toy.h"


def good(**more):
    """A report with something of everything."""
    before = guest_run({"p.a": "PASS", "p.b": Outcome("b", Status.SKIP, "no TOY_CAP"),
                        "p.c": "PASS", "p.d": "FAIL"},
                       [("exits", 2000, ""), ("ratio", 1.0, "x")])
    after = guest_run({"p.a": Outcome("a", Status.FAIL, log="a.c:1: expected 0\nmore"),
                       "p.b": "PASS", "p.c": Outcome("c", Status.CRASHED, "kernel: Oops in f"),
                       "p.d": "FAIL"},
                      [("exits", 1000, ""), ("ratio", 0.5, "x")],
                      [Splat("Oops in f", "Oops: 0000\nCall Trace:\n f", "p.c")])
    rows = changes(before, after)
    found = (
        Finding("uapi-source", Severity.ERROR, "struct toy_zone.pad: source that uses it no longer "
                "compiles; it was renamed to kind: an anonymous union { pad; kind; } would keep "
                "both names", Location(HEADER, 16), "x\n    gcc: no member named 'pad'", 1,
                struct="struct toy_zone", member="pad"),
        Finding("uapi-consumer", Severity.ERROR, "user.c: no longer compiles: 'struct toy_zone' has"
                " no member named 'pad'", Location("user.c", 9), "gcc -m64 user.c\nz->pad = 0;",
                struct="struct toy_zone"),
        Finding("fixes", Severity.WARNING, "a Fixes: is wanted", patch=1),
        Finding("style", Severity.NOTE, "by the way", Location(HEADER), "", 1),
        Finding("runtime-regression", Severity.ERROR, "p.a passed on the base",
                Location(test="p.a")))
    one = patch(diff=DIFF, files=(PatchFile(HEADER, HEADER, 1, 1),),
                raw_subject="[PATCH v2] toy: Do it", message_id="<1@example.org>",
                recipients=("kvm@vger.kernel.org", "m@example.org"))
    values = {
        "verdict": Verdict.FAIL, "series": series(one, version=2), "before": before,
        "after": after, "changes": rows, "findings": found,
        "layouts": ((struct("struct toy_zone", member("addr", 0, 8), member("pad", 12)),
                     struct("struct toy_zone", member("addr", 0, 8), member("kind", 12))),),
        "stages": (StageResult("lint", Status.PASS, 0.1), StageResult("uapi", Status.FAIL, 2.0),
                   StageResult("warnings", Status.NOT_RUN, 0.0, "no gcc here", 2.5)),
        "began": "2026-01-01T00:00:00+00:00", "seconds": 31.5}
    return report(**{**values, **more})


def nasty():
    """The same with foreign text of the worst kind wherever foreign text goes."""
    base = good()
    one = replace(base.series.patches[0], subject=NASTY, raw_subject=NASTY, author=NASTY,
                  email=f"{NASTY}@x.org", date=NASTY, message_id=NASTY, message=NASTY,
                  recipients=(NASTY, "ok@example.org", f"a@b.org\r\nBcc: {NASTY}"),
                  diff=DIFF + NASTY.encode("utf-8", "surrogateescape"),
                  files=(PatchFile(HEADER, HEADER, 1, 1), PatchFile(NASTY, NASTY, 1, 0)))
    run = replace(base.after, splats=(Splat(NASTY, NASTY, NASTY),), accelerator=NASTY,
                  measurements=tuple(replace(m, name=m.name + NASTY, unit=NASTY)
                                     for m in base.after.measurements))
    return replace(
        base, title=NASTY, series=replace(base.series, patches=(one,), title=NASTY, source=NASTY),
        tree=replace(base.tree, name=NASTY, origin=NASTY), reproduce=NASTY, notices=(NASTY,),
        ended=NASTY, after=run, findings=tuple(
            Finding(f.rule, f.severity, NASTY, f.where or Location(test=NASTY), NASTY, f.patch,
                    NASTY + f.rule)
            for f in (*base.findings,
                      Finding("x", Severity.ERROR, NASTY, Location(NASTY, 3), NASTY, 1))),
        changes=tuple(replace(c, name=c.name + NASTY, reason_after=NASTY, reason_before=NASTY,
                              log=NASTY) for c in base.changes),
        stages=(*base.stages, StageResult(NASTY, Status.SKIP, 1.0, NASTY)),
        layouts=((struct(NASTY, member(NASTY, 0, type=NASTY)), struct(NASTY)),))


REPORTS = {"good": good, "nasty": nasty, "clean": report,
           "refused": lambda: report(verdict=Verdict.REFUSED, series=None, tree=None, base="",
                                     ended="it does not apply"),
           "interrupted": lambda: good(verdict=Verdict.INFRASTRUCTURE, ended="interrupted")}


@pytest.fixture(params=REPORTS)
def any_report(request):
    return REPORTS[request.param]()


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_rebuilt_is_said_in_every_format(name):
    assert "the header of b.c" in render(name, good(inferred=("the header of b.c",)))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_passes_that_a_terminal_would_obey(name, any_report):
    text = render(name, any_report)
    assert not set(text) & {"\x1b", "\r", "\x07", "\x00", "\x85", "\u2028", *BIDI}
    text.encode("utf-8")
    if any_report.ended:
        assert any_report.ended.strip()[:9] in text or "owned" in text, "that it ended is said"


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_ids_in_every_format(name):
    whole = good()
    text = render(name, whole)
    for item in whole.findings:
        if name == "mail" and (item.severity is Severity.NOTE
                               or item.rule.startswith("runtime-")):
            continue  # a reply says what is wrong; tests have a table of their own
        assert item.id in text, item


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_not_checked_is_said_in_every_format(name):
    assert "no gcc here" in render(name, good())


def test_json_is_what_its_schema_says_and_comes_back(any_report):
    document = json_.document(any_report)
    jsonschema.validate(document, OWN, jsonschema.Draft202012Validator)
    again = load.load(json.loads(json_.render(any_report)))
    assert json_.document(again) == document, "cleaning what is clean changes nothing"
    assert [f.id for f in again.findings] == [f["id"] for f in document["findings"]]


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "json"])
def test_a_report_that_was_read_back_renders_the_same(name):
    whole = good()
    assert render(name, load.load(json_.document(whole))) == render(name, whole)


def test_sarif(any_report):
    document = json.loads(render("sarif", any_report))
    jsonschema.validate(document, SARIF, jsonschema.Draft202012Validator)
    (run,) = document["runs"]
    assert len(run["results"]) == len(any_report.findings)
    assert all(r["partialFingerprints"]["findingId/v1"] for r in run["results"])
    for result in run["results"]:  # GitHub's code scanning refuses the file without
        (where,) = result["locations"]
        assert where["physicalLocation"]["artifactLocation"]["uri"]
        assert where["physicalLocation"]["region"]["startLine"] >= 1


def test_kcidb(any_report):
    document = json.loads(render("kcidb", any_report))
    kcidb_io.schema.V5_3.validate(document)
    assert document["checkouts"][0]["valid"] == (any_report.verdict is not Verdict.REFUSED)
    kinds = {t["status"] for t in document.get("tests", [])}
    assert kinds <= {"PASS", "FAIL", "SKIP", "ERROR", "MISS"}


def test_junit(any_report, tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(render("junit", any_report), "utf-8")
    ET.fromstring(path.read_bytes())  # noqa: S314  (our own)
    suites = {s.name: s for s in junitparser.JUnitXml.fromfile(str(path))}
    assert suites["tests"].tests == len(any_report.changes)
    blamed = {c.name for c in any_report.changes if c.kind in summary.BLAMED}
    errors = [f for f in any_report.findings if f.severity is Severity.ERROR]
    assert suites["findings"].failures == sum(f.where.test not in blamed for f in errors)
    if errors:
        assert suites["verdict"].failures == 0, "each failure counts once"
    if any_report.changes:
        assert suites["tests"].failures + suites["tests"].errors == 2, "a and c, and not d"


def test_ktap(any_report):
    outcomes, _ = ktap.parse(render("ktap", any_report).splitlines())
    rows = {o.name: o for o in outcomes}
    assert len(rows["stages"].children) == len(any_report.stages)
    if any_report.findings:
        assert len(rows["findings"].children) == len(any_report.findings)
        assert rows["findings"].status is Status.FAIL
    if any_report.changes:
        assert [c.status for c in rows["tests"].children].count(Status.FAIL) == 2
    assert Status.MISSING not in {c.status for o in outcomes for c in o.children}


def test_only_our_own_lines_are_commands_to_a_runner(any_report):
    lines = render("github", any_report).splitlines()
    for line in lines:
        assert re.match(r"^::(error|warning|notice) (file=[^:,]+,(line=\d+,)?)?"
                        r"title=[^:,]+::", line)
        assert "::stop-commands" not in line.partition("::")[0]
    assert len(lines) < 60


class Page(HTMLParser):
    VOID = frozenset({"meta", "rect", "br", "link", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_html_is_inert_and_sound(any_report):
    text = render("html", any_report)
    page = Page()
    page.feed(text)
    assert not page.open
    assert not page.tags & {"script", "iframe", "object", "form", "link", "img"}
    assert not [a for a, _ in page.attributes if a.startswith("on")]
    assert all(v.startswith("#") for k, v in page.attributes if k == "href")
    assert len(page.ids) == len(set(page.ids)), "an id is there once"
    assert "default-src 'none'" in text
    assert "49" not in text or "{{ 7" in text or any_report.title != NASTY


def parsed(text):
    return email.message_from_string(text, policy=email.policy.default)


def test_mail_answers_the_patch_and_says_it_under_the_hunk():
    text = render("mail", good())
    message = parsed(text)
    assert message["Subject"] == "Re: [PATCH v2] toy: Do it"
    assert message["In-Reply-To"] == message["References"] == "<1@example.org>"
    assert "a@example.org" in message["To"]
    assert message["Cc"] == "kvm@vger.kernel.org, m@example.org"
    body = message.get_content()
    order = [body.index(word) for word in (
        "In short: ", "p.c: PASS -> CRASHED", "Looked at:", "Not looked at:", " wrote:\n> +++",
        "> +++ b/include/uapi/linux/toy.h", "> -\t__u32 pad;", "> +\t__u32 kind;",
        "an anonymous union { pad; kind; }", "z->pad = 0;", "Other findings:",
        "Reproduce: ./run check")]
    assert order == sorted(order)
    assert "by the way" not in body, "notes are for the report"
    assert "p.d" not in body, "what failed before is not the series' fault"
    assert len(text.splitlines()) < 80
    assert all(len(t) <= 76 for t in body.splitlines() if not t.startswith((">", " ")))


def test_mail_cannot_be_made_to_say_more_than_one_header():
    text = render("mail", nasty())
    message = parsed(text)
    assert [k.lower() for k in message] == sorted(
        {k.lower() for k in message}, key=[k.lower() for k in message].index)
    assert "Bcc" not in message
    assert "victim" not in str(message["Cc"])
    assert message["Cc"] == "ok@example.org"
    assert "In-Reply-To" not in message, "no id that could be one"
    body = message.get_content()
    assert not [t for t in body.splitlines() if t.startswith(("From ", "#syz", "Bcc:")) or t == "."]


def test_mail_of_a_series_without_fault_drafts_a_trailer_and_adds_none():
    row = changes(guest_run({"p.a": "PASS"}), guest_run({"p.a": "PASS"}))
    tested = (FileEvidence("a.c", FileKind.CODE, (Sight(Look.TESTED, "p"),)),)
    text = render("mail", report(changes=row, evidence=tested))
    assert "No problems found." in text
    assert "Tested-by: Your Name <you@example.org>" in text
    for verdict in set(Verdict) - {Verdict.PASS}:
        text = render("mail", report(changes=row, evidence=tested, verdict=verdict))
        assert "Tested-by" not in text
        assert "No problems" not in text
    assert "Tested-by" not in render("mail", report()), "nothing was tested"
    assert "Tested-by" not in render("mail", good())


def test_mail_of_a_run_that_ended_early_says_so_first():
    body = parsed(render("mail", REPORTS["interrupted"]())).get_content()
    assert body.index("ended early") < body.index("> +++")
    assert "not to be sent" in body
    assert "was not tested: it does not apply" in render("mail", REPORTS["refused"]())


def test_the_patch_with_the_worst_finding_is_answered():
    two = series(patch(number=1, total=2, message_id="<1@x>"),
                 patch(number=2, total=2, message_id="<2@x>"))
    found = (Finding("r", Severity.WARNING, "w", Location("a.c", 1), "", 1),
             Finding("r", Severity.ERROR, "e", Location("a.c", 1), "", 2))
    assert parsed(mail.render(report(series=two, findings=found)))["In-Reply-To"] == "<2@x>"


def test_a_hunk_is_found_by_line_and_shown_around_its_change():
    (hunk,) = quote.hunks(DIFF.decode())
    assert (hunk.path, hunk.start, hunk.length) == (HEADER, 16, 6)
    assert quote.nearest((hunk,), HEADER, 16) is quote.nearest((hunk,), HEADER, 2) is hunk
    assert quote.nearest((hunk,), HEADER, 100) is None
    assert quote.nearest((hunk,), "other.h", 16) is None
    shown = quote.excerpt(hunk, [16], 4)
    assert "+\t__u32 kind;" in shown
    assert len(shown) <= 5


@pytest.mark.parametrize(("change", "says"), [
    ({"schema_version": 1}, "schema version 1"), ({"schema_version": 99}, "schema version 99"),
    ({"schema_version": NASTY}, "schema version"), ({"verdict": "fine"}, "damaged"),
    ({"stages": 7}, "damaged"), ({"findings": [{}]}, "damaged"), ({"base": 3}, "damaged")])
def test_another_form_is_refused_with_the_one_that_is_known(change, says):
    document = copy.deepcopy(json_.document(good())) | change
    with pytest.raises(UsageError, match=says) as caught:
        load.load(document)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"', "[" * 100_000])
def test_what_is_no_report_is_refused(tmp_path, text):
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(UsageError):
        load.read(tmp_path)


def test_checks_of_other_tools_know_no_green_for_what_did_not_run():
    rows = {c.name: c for c in checks.checks(good())}
    assert rows["uapi"].status == "fail"
    assert rows["lint"].status == "warn"
    only = report(stages=(StageResult("uapi", Status.NOT_RUN, 0.0, "no tree"),))
    assert [(c.status, c.summary) for c in checks.checks(only)] == [("warn", "NOT_RUN: no tree")]
    assert checks.b4_review(report())[0]["status"] == "pass"


@pytest.mark.parametrize(("make", "b4", "nipa", "bisect"), [
    (report, 0, 0, 0), (good, 1, 1, 1), (REPORTS["refused"], 1, 1, 125),
    (lambda: report(verdict=Verdict.INFRASTRUCTURE, ended="no QEMU"), 1, 250, 125),
    (lambda: report(findings=(Finding("r", Severity.WARNING, "w"),)), 0, 250, 0),
    (lambda: report(verdict=Verdict.NOT_TESTED), 0, 250, 125)])
def test_exit_codes_of_other_tools(make, b4, nipa, bisect):
    assert [checks.MODES[m](make())[1] for m in ("b4", "nipa", "bisect")] == [b4, nipa, bisect]


def test_b4_gets_lines_and_silence():
    assert checks.b4_lines(report())[0] == ""
    lines = checks.b4_lines(good())[0].splitlines()
    assert all(t.startswith(("ERROR: ", "WARNING: ")) for t in lines)
    assert "\x1b" not in checks.b4_lines(nasty())[0]


def test_history_keeps_whole_reports_and_says_what_changed(tmp_path):
    assert history.rows(tmp_path) == ()
    one = history.add(tmp_path, good())
    fixed = good(findings=good().findings[2:], verdict=Verdict.PASS)
    two = history.add(tmp_path, fixed)
    rows = history.rows(tmp_path)
    assert [(r.number, r.verdict, r.errors) for r in rows] == [(two, "pass", 1), (one, "fail", 3)]
    assert json_.document(history.get(tmp_path, one)) == json_.document(good())
    diff = history.changed(history.get(tmp_path, one), history.get(tmp_path, two))
    assert [i.rpartition("-")[0] for i in diff["gone"]] == ["uapi-source", "uapi-consumer"]
    assert len(diff["same"]) == 3
    assert diff["new"] == ()
    history.add(tmp_path, nasty())
    with pytest.raises(UsageError, match="no run 77"):
        history.get(tmp_path, 77)


def test_a_history_of_another_time_is_brought_up_or_refused(tmp_path):
    import sqlite3

    file = sqlite3.connect(tmp_path / history.NAME)
    file.execute(history._STEPS[0])
    file.execute("pragma user_version = 1")
    file.close()
    assert history.add(tmp_path, good()) == 1
    file = sqlite3.connect(tmp_path / history.NAME)
    file.execute("pragma user_version = 99")
    file.close()
    with pytest.raises(InfrastructureError, match="version 99"):
        history.add(tmp_path, good())
    (tmp_path / history.NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(InfrastructureError):
        history.rows(tmp_path)


@pytest.mark.parametrize("change", [
    {"ended": None}, {"seconds": 10 ** 400}, {"began": 7}, {"base": {"tree": "x", "origin": "y",
                                                                      "commit": None}},
    {"measurements": [{"name": "x", "unit": "", "before": "1", "after": [2]}]},
    {"findings": [{**json_.finding(Finding("r", Severity.ERROR, "m")), "rule": None}]}])
def test_an_edited_report_is_looked_at_before_it_is_believed(tmp_path, change):
    document = copy.deepcopy(json_.document(good())) | change
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(UsageError, match="damaged"):
        load.read(tmp_path)


def test_a_figure_that_is_no_number_is_left_out(tmp_path):
    whole = good()
    odd = replace(whole, after=replace(whole.after, measurements=tuple(
        replace(m, value=float("nan")) for m in whole.after.measurements)))
    (tmp_path / "report.json").write_text(json_.render(odd))
    load.read(tmp_path)
    (tmp_path / "report.json").write_text(json_.render(whole).replace("2000", "NaN"))
    with pytest.raises(UsageError, match="no number"):
        load.read(tmp_path)


@pytest.mark.parametrize("address", ["foo..bar@docomo.ne.jp", "a.@x.org", ".a@x.org",
                                     "a@x", "a b@x.org", "", "\u00fc@x.org"])
def test_an_address_that_no_header_takes_is_left_out(address):
    one = patch(email=address, recipients=(address, "ok@example.org"), author="J\u00fcrgen")
    message = parsed(mail.render(report(series=series(one))))
    assert message["To"] is None
    assert message["Cc"] == "ok@example.org"


def test_no_error_is_dropped_for_want_of_room():
    diff = b"--- a/a.c\n+++ b/a.c\n" + b"".join(
        b"@@ -%d,2 +%d,2 @@\n-o\n+n\n k\n" % (n, n) for n in range(100, 1000, 100))
    one = patch(diff=diff, files=(PatchFile("a.c", "a.c", 9, 9),))
    found = tuple(Finding("r", Severity.ERROR, f"wrong{n}", Location("a.c", 100 * n), "", 1, str(n))
                  for n in range(1, 10))
    text = mail.render(report(series=series(one), findings=found))
    missing = [f.id for f in found if f.id not in text]
    assert not missing or "and 1 more" in text or f"and {len(missing)} more" in text
    assert "the same" not in text, "messages that only have no colon are not alike"


def test_nothing_is_drafted_for_what_fails():
    text = mail.render(replace(good(), verdict=Verdict.PASS))  # --fail-on never
    assert "Tested-by" not in text


def test_a_broken_build_of_our_own_is_not_the_kernels():
    stages = (StageResult("build-base", Status.PASS, 1),
              StageResult("build-patched", Status.FAIL, 1))
    made = json.loads(render("kcidb", report(
        verdict=Verdict.INFRASTRUCTURE, ended="no space left", stages=stages)))
    assert [b["status"] for b in made["builds"]] == ["PASS", "ERROR"]


SUITES = (Suite("kunit", "a<b", "lib/a.c", ran=True, why="it is called after lib/a.c"),
          Suite("kunit", "", "lib/n.c", ran=False, why="N stays off"))


def test_the_suites_of_the_tree_are_on_the_page_and_in_one_sentence():
    report = good(suites=SUITES)
    page = html.render(report)
    assert "own tests: 1 of 2 KUnit suites and selftests ran" in page
    assert "a&lt;b" in page
    assert "lib/n.c" in page
    assert "among them 1 of the tree&#39;s 2 KUnit suites" in page
    assert "among them 1 of the tree's 2 KUnit suites and the selftests kvm" in summary.looked_at(
        good(suites=(*SUITES, Suite("kselftest", "kvm", "tools/x", ran=True, why="x"))))
    assert "among them 1 of the tree's 2 KUnit suites" in summary.looked_at(report)


def test_that_no_suite_ran_is_said_and_of_a_tree_without_nothing():
    report = good(suites=SUITES[1:])
    assert "none of the tree's 1 KUnit suite ran" in summary.looked_at(report)
    assert "KUnit" not in summary.looked_at(good())


def test_suites_go_into_the_document_and_come_back():
    assert load.load(json_.document(good(suites=SUITES))).suites == SUITES


def test_stages_that_are_only_counted_say_how_many_come_from_the_cache():
    new = REPORTS["clean"]()
    kept = replace(new, stages=tuple(replace(s, cached=True) for s in new.stages))
    assert "cached" not in render("terminal", new)
    assert f"{len(new.stages)} ok, {len(new.stages)} cached" in render("terminal", kept)


def test_the_page_shows_each_cause_once_and_folds_the_rest():
    made = good(findings=(
        *(Finding("runtime-regression", Severity.ERROR, f"p.{n} passed on the base: PASS -> FAIL",
                  where=Location(test=f"p.{n}"), subject=f"p.{n}") for n in range(3)),
        Finding("uapi-source", Severity.ERROR, "struct a.b: gone", subject="struct a.b"),
        Finding("fixes", Severity.WARNING, "a warning", subject="w"),
        Finding("fixes", Severity.NOTE, "a note", subject="n")))
    page = html.render(made)
    assert page.count("2 more: 3 tests that pass on the base fail") == 1
    assert "<details><summary>1 warning</summary>" in page
    assert "<details><summary>1 note</summary>" in page
    below = page[page.index('id="findings"'):]
    assert below.index("p.0 passed") < below.index("struct a.b: gone") < below.index("a warning")
    assert all(page.count(f'id="{f.id}"') == 1 for f in made.findings), "anchors to send around"


def test_the_page_has_the_tests_that_changed_first_and_the_others_folded():
    page = html.render(good())
    changed = [c for c in good().changes if c.kind.value not in {"same", "newly-available"}
               or c.after in BAD]
    assert changed
    assert all(page.index(c.name) < page.index("The other ") for c in changed)
    assert f"The other {len(good().changes) - len(changed)} tests" in page
    assert 'class="top"' in page
    assert 'class="cmd"' in page


def test_how_much_was_looked_at_is_a_picture_with_words():
    page = html.render(good())
    assert re.search(r'class="bar"[^>]*aria-label="lines compiled \d+ of \d+', page) or (
        not any(f.lines for f in good().evidence))


OFFERS = (Offer("KVM_CAP_NEW", "x86_64", ("no", "yes"), ("no", "yes"), ("no", "yes")),
          Offer("KVM_CAP_NEW", "arm64", ("no", "yes"), ("no", "yes"), ("not run", "no"),
                "no ports"))


def test_where_a_capability_works_is_in_every_format_for_people():
    report = good(offers=OFFERS)
    text = terminal.render(report)
    assert re.search(r"Documented, reported, works +base +patched", text)
    assert re.search(r"KVM_CAP_NEW on arm64 +no, no, not run +yes, yes, no *\n", text)
    page = html.render(report)
    assert '<td class="t">KVM_CAP_NEW on arm64</td><td>no, no, not run</td>' in page
    assert load.load(json_.document(report)).offers == OFFERS


@pytest.mark.parametrize(("rows", "shown"), [
    (OFFERS[:1], False), (OFFERS[1:], True), ((), False)])
def test_one_architecture_on_which_all_works_needs_no_table(rows, shown):
    report = good(offers=rows)
    assert ("Documented, reported" in terminal.render(report)) is shown
    assert ('id="offers"' in html.render(report)) is shown


def test_a_report_from_before_there_were_any():
    data = json_.document(good())
    del data["offers"]
    assert load.load({**data, "schema_version": 7}).offers == ()
