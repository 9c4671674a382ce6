# SPDX-License-Identifier: GPL-2.0-or-later
"""Every verdict and every status, asked of every format: is what was not looked at ever green?

Each format is read as its consumers read it: GREEN is what they take for success, RED for a
failure, YELLOW for anything else. ``python -m tests.not_green`` makes wrong versions of the lines
that this defends and shows that each is noticed here.
"""

import email
import email.policy
import json
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from harness.cli import main
from harness.compare import changes
from harness.evidence import FileEvidence, FileKind, Gap, Look, Sight
from harness.farm import patchwork
from harness.guest import ktap
from harness.model import BAD, Finding, Location, Outcome, Severity, StageResult, Status, Verdict
from harness.report import FORMATS, checks, render, summary
from tests.make import guest_run, report

GREEN, YELLOW, RED = "green", "yellow", "red"
S, V = Status, Verdict


def worst(*colours):
    return max(colours, key=[GREEN, YELLOW, RED].index, default=YELLOW)


def json_(text, _):
    return {"pass": GREEN, "fail": RED, "refused": RED, "infrastructure": RED}.get(
        json.loads(text)["verdict"], YELLOW)


def junit(text, _):
    root = ET.fromstring(text)  # noqa: S314  (ours)
    red = root.findall(".//failure") + root.findall(".//error")
    counted = sum(int(s.get("failures")) + int(s.get("errors")) for s in root)
    assert counted == len(red), "what readers add up is what is there"
    assert sum(int(s.get("skipped")) for s in root) == len(root.findall(".//skipped"))
    return RED if red else YELLOW if root.findall(".//skipped") else GREEN


def ktap_(text, _):
    outcomes, _ = ktap.parse(text.splitlines())

    def colour(rows):
        return worst(*(RED if o.status in BAD else YELLOW if o.status is not S.PASS else GREEN
                       for o in rows), *(colour(o.children) for o in rows if o.children)) if rows \
            else YELLOW
    return colour(outcomes)


def sarif(text, _):
    (run,) = json.loads(text)["runs"]
    (call,) = run["invocations"]
    if any(r["level"] == "error" for r in run["results"]):
        return RED
    notes = call["toolExecutionNotifications"]
    return YELLOW if notes or not call["executionSuccessful"] else GREEN


def kcidb(text, _):
    data = json.loads(text)
    rows = data.get("builds", []) + data.get("tests", [])
    misc = data["checkouts"][0]["misc"]
    if any(r["status"] == "FAIL" for r in rows) or misc["verdict"] in {"fail", "refused"}:
        return RED
    other = any(r["status"] not in {"PASS", "DONE"} for r in rows)
    return YELLOW if other or misc["not_checked"] or misc["verdict"] != "pass" else GREEN


def github(text, _):
    return RED if "::error " in text else YELLOW if "::warning " in text else GREEN


def mail(text, _):
    body = email.message_from_string(text, policy=email.policy.default).get_content()
    green = "No problems found." in body or "Tested-by:" in body
    return GREEN if green else YELLOW


def html(text, _):
    word = re.search(r'class="badge (\S+)">', text).group(1)
    other = {"pass": GREEN, "fail": RED, "refused": RED, "infrastructure": RED}.get(word, YELLOW)
    return worst(other, YELLOW if "Not looked at" in text else GREEN)


def terminal(text, _):
    word = next(m for line in reversed(text.splitlines())
                if (m := re.match(r"([A-Z-]+)  ", line))).group(1)
    other = {"PASS": GREEN, "FAIL": RED, "REFUSED": RED, "INFRASTRUCTURE": RED}.get(word, YELLOW)
    return worst(other, YELLOW if "not looked at" in text else GREEN)


def b4(_, made):
    text, _ = checks.b4_lines(made)
    return RED if "ERROR" in text else YELLOW if text else GREEN


def b4_review(_, made):
    rows = [r["status"] for r in checks.b4_review(made)]
    return worst(*({"pass": GREEN, "warn": YELLOW, "fail": RED}[r] for r in rows))


def to_patchwork(_, made):
    rows = [patchwork._STATE[c.status] for c in checks.checks(made)]
    return worst(*({"success": GREEN, "warning": YELLOW, "fail": RED}[r] for r in rows))


def nipa(_, made):
    return {0: GREEN, 250: YELLOW}.get(checks.nipa(made)[1], RED)


def bisect(_, made):
    return {0: GREEN, 125: YELLOW}.get(checks.bisect(made)[1], RED)


def exit_code(_, made):
    args = SimpleNamespace(allow_incomplete=False)
    return {0: GREEN, 1: RED, 3: RED, 5: RED}.get(main._exit_code(args, made, None), YELLOW)


READERS = {"json": json_, "junit": junit, "ktap": ktap_, "sarif": sarif, "kcidb": kcidb,
           "github": github, "mail": mail, "html": html, "terminal": terminal}
OTHERS = {"b4": b4, "b4_review": b4_review, "patchwork": to_patchwork, "nipa": nipa,
          "bisect": bisect, "exit code": exit_code}


def read(name, made):
    if name in READERS:
        return READERS[name](render(name, made), made)
    return OTHERS[name](None, made)


def test_every_format_is_asked():
    assert set(READERS) == set(FORMATS)
    assert set(OTHERS) >= set(checks.MODES)


SEEN = (FileEvidence("a.c", FileKind.CODE, tuple(Sight(look, "x86_64") for look in Look)),)
STAGES = tuple(StageResult(n, S.PASS, 0.1) for n in ("lint", "uapi", "build-patched", "compare"))
ERROR = (Finding("build-error", Severity.ERROR, "e", Location("a.c", 1)),)


def made(verdict=V.PASS, **more):
    row = changes(guest_run({"p.a": "PASS"}), guest_run({"p.a": "PASS"}))
    run = guest_run({"p.a": "PASS"})
    return report(**{"verdict": verdict, "changes": row, "before": run, "after": run,
                     "evidence": SEEN, "stages": STAGES, **more})


VERDICTS = {
    V.PASS: ({}, GREEN), V.FAIL: ({"findings": ERROR}, RED),
    V.INCOMPLETE: ({}, YELLOW), V.NOT_TESTED: ({}, YELLOW),
    V.REFUSED: ({"ended": "no"}, RED), V.INFRASTRUCTURE: ({"ended": "no"}, RED),
}


@pytest.mark.parametrize("name", [*READERS, *OTHERS])
@pytest.mark.parametrize("verdict", Verdict)
def test_verdicts(name, verdict):
    more, wanted = VERDICTS[verdict]
    got = read(name, made(verdict, **more))
    if wanted is RED and verdict is not V.FAIL:
        assert got is not GREEN  # some of them have no word for it but "not tested"
    elif wanted is RED and name == "mail":
        assert got is not GREEN  # a mail has no colour for it: the findings are in it
    else:
        assert got == wanted


# What makes a report incomplete, one thing at a time: each format has to show it by itself,
# also where somebody got the verdict wrong.
GAPS = {
    **{f"not {look}": {"evidence": (FileEvidence("a.c", FileKind.CODE, (), (Gap(look, "why"),)),)}
       for look in Look if look is not Look.UNCHANGED},
    "compiled in part": {"evidence": (FileEvidence(
        "a.c", FileKind.CODE, SEEN[0].seen, (Gap(Look.COMPILED, "line 3"),)),)},
    "a stage that did not run": {"stages": (*STAGES, StageResult("uapi", S.NOT_RUN, 0, "why"))},
    "a stage that could not": {"stages": (*STAGES, StageResult("lint", S.SKIP, 0, "why"))},
    "a bug of ours": {"bugs": ("a bug in harness",)},
    "tests that ran on neither": {"changes": changes(
        guest_run({"p.a": "NOT_RUN"}), guest_run({"p.a": "NOT_RUN"}))},
}
SHOWN = [n for n in (*READERS, *OTHERS) if n not in {"json", "bisect", "exit code", "mail"}]


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("gap", GAPS)
def test_gaps_show_by_themselves(name, gap):
    if gap == "tests that ran on neither" and name in {"b4_review", "patchwork", "nipa"}:
        pytest.skip("a check of these is about what was found; the verdict says the rest")
    assert read(name, made(**GAPS[gap])) is not GREEN


@pytest.mark.parametrize("name", SHOWN)
def test_what_does_not_apply_is_no_gap(name):
    stages = (*STAGES, StageResult("tools", S.SKIP, 0, "nothing there", applies=False))
    got = read(name, made(stages=stages))
    assert got is (YELLOW if name in {"junit", "ktap"} else GREEN)  # these list each stage


# before -> after of one test, and how a format shows that test
TESTS = [(S.PASS, after) for after in Status] + [(S.NOT_RUN, after) for after in Status] + [
    (S.FAIL, S.FAIL), (S.SKIP, S.SKIP), (S.FAIL, S.SKIP)]


def one(before, after):
    rows = changes(guest_run({"p.a": Outcome("a", before, "why")}),
                   guest_run({"p.a": Outcome("a", after, "why")}))
    verdict = V.FAIL if rows[0].kind in summary.BLAMED else V.PASS
    return made(verdict, changes=rows)


def colour_of(before, after):
    if after in {S.PASS, S.XFAIL}:
        return GREEN
    blamed = one(before, after).changes[0].kind in summary.BLAMED
    return RED if blamed else YELLOW


@pytest.mark.parametrize(("before", "after"), TESTS)
def test_a_test_in_junit(before, after):
    root = ET.fromstring(render("junit", one(before, after)))  # noqa: S314
    (case,) = root.findall("testsuite[@name='tests']/testcase")
    got = RED if case.find("failure") is not None or case.find("error") is not None else (
        YELLOW if case.find("skipped") is not None else GREEN)
    wanted = colour_of(before, after)
    assert got == (YELLOW if after is S.XFAIL else wanted if after is not S.FLAKY else YELLOW)


@pytest.mark.parametrize(("before", "after"), TESTS)
def test_a_test_in_ktap(before, after):
    outcomes, _ = ktap.parse(render("ktap", one(before, after)).splitlines())
    (tests,) = [o for o in outcomes if o.name == "tests"]
    (row,) = tests.children
    got = RED if row.status in BAD else GREEN if row.status is S.PASS else YELLOW
    assert got == (YELLOW if after is S.XFAIL else colour_of(before, after))
    assert tests.status in (BAD if got is RED else {S.PASS})


KCIDB = {S.PASS: {"PASS"}, S.XFAIL: {"PASS"}, S.SKIP: {"SKIP"}, S.NOT_RUN: {"MISS"},
         S.MISSING: {"ERROR"}, S.FLAKY: {"ERROR"}}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_test_in_kcidb(side, status):
    pair = (status, S.PASS) if side == "before" else (S.PASS, status)
    stages = (StageResult("build-base", S.PASS, 1), StageResult("build-patched", S.PASS, 1))
    rows = changes(*(guest_run({"p.a": Outcome("a", s)}) for s in pair))
    data = json.loads(render("kcidb", made(stages=stages, changes=rows)))
    (test,) = [t for t in data["tests"] if t["build_id"].endswith(side)]
    assert test["status"] in KCIDB.get(status, {"FAIL"})


@pytest.mark.parametrize("status", Status)
def test_a_stage(status):
    stages = (*STAGES, StageResult("boot-patched", status, 0.1, "why"))
    root = ET.fromstring(render("junit", made(stages=stages)))  # noqa: S314
    (case,) = root.findall("testsuite[@name='stages']/testcase[@name='boot-patched']")
    assert (case.find("skipped") is not None) == (status is not S.PASS)
    unchecked = summary.unchecked(made(stages=stages))
    assert any("boot-patched" in row for row in unchecked) == (status in {S.NOT_RUN, S.SKIP})


@pytest.mark.parametrize(("rows", "words"), [
    ({"p.a": ("PASS", "PASS"), "p.b": ("FAIL", "FAIL")}, "2 tests ran on both"),
    ({"p.a": ("PASS", "PASS"), "p.b": ("NOT_RUN", "NOT_RUN")}, "1 test ran on both"),
    ({"p.a": ("SKIP", "PASS")}, "0 tests ran on both, 1 only with the series"),
    ({"p.a": ("PASS", "MISSING")}, "0 tests ran on both, 1 only on the base"),
    ({"p.a": ("SKIP", "SKIP")}, "no test ran"),
    ({"kernel.boot": ("PASS", "PASS")}, "no test ran"),
])
def test_counts_count_what_ran(rows, words):
    before, after = ({n: p[side] for n, p in rows.items()} for side in (0, 1))
    said = summary.looked_at(made(changes=changes(guest_run(before), guest_run(after))))
    assert said.endswith(f"both booted, {words}")


def test_a_guest_that_did_not_come_up_is_not_booted():
    assert "both booted" not in summary.looked_at(made(after=None))
    assert "only the base booted" in summary.looked_at(made(after=None))


@pytest.mark.parametrize("scope", ["lint", "uapi", "build", "b4-check"])
def test_a_slice_says_first_that_it_is_only_that(scope):
    text = summary.looked_at(made(scope=scope))
    assert text.startswith(summary.SCOPES[scope])
    first = " ".join(render("terminal", made(scope=scope)).split("\n\n")[0].split())
    assert first.endswith(summary.SCOPES[scope])
    assert summary.SCOPES[scope] in summary.headline(made(scope=scope))


def test_allowed_incompleteness_is_exit_code_0_and_still_said():
    args = SimpleNamespace(allow_incomplete=True)
    assert main._exit_code(args, made(V.INCOMPLETE), None) == 0
    assert main._exit_code(args, made(V.NOT_TESTED), None) == 4
    assert main._exit_code(args, made(V.FAIL), None) == 1
    assert "INCOMPLETE" in render("terminal", made(V.INCOMPLETE))


def test_a_bug_of_ours_is_exit_code_70(capsys):
    for verdict in Verdict:
        args = SimpleNamespace(allow_incomplete=True)
        assert main._exit_code(args, made(verdict, bugs=("a bug in harness",)), None) == 70
    assert "a bug in harness" in capsys.readouterr().err
