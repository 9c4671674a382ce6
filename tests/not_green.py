# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong versions of the lines that keep a report from being green by mistake.

    python -m tests.not_green            each of them, and whether tests/unit notices it

Each row makes "not run" look like success, or the other way round, somewhere. The tests that
have to notice are tests/unit/report/test_not_green.py and the few named beside it; exit code 1
when a wrong version survives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("report/test_not_green.py", "run/test_pipeline.py", "run/test_execute_verdicts.py",
         "test_evidence.py", "run/test_file_evidence.py", "build/test_compiled.py",
         "csource/test_regions.py", "report/test_looked.py", "run/test_executed.py",
         "cover/test_placed.py", "run/machines/test_machines.py", "run/machines/test_suites.py",
         "farm/test_gate.py", "guest/test_ktap.py",
         "lint/test_offers.py", "run/test_elsewhere.py")
# file, what stands there, what a careless change would make of it
WRONG: tuple[tuple[str, str, str], ...] = (
    ("run/machines/__init__.py", "not_run=(*state.not_run, *left)", "not_run=state.not_run"),
    ("run/machines/__init__.py", "if left and not seen:", "if not rows:"),
    ("run/machines/__init__.py", "    if dark:", "    if not rows:"),
    ("run/machines/__init__.py", "if nothing and machine.asked(state, row)", "if not rows"),
    ("run/machines/suites.py", "own, runs), own.not_run", "own, runs), ()"),
    ("farm/gate.py", "seen.builds and seen.boots", "seen.builds"),
    ("run/execute.py", "if missing or gaps or state.unread", "if missing or gaps"),
    ("run/execute.py", "(state.not_run + state.unread)", "(state.not_run)"),
    ("run/machines/sides.py", "NOTHING), state, why", 'NOTHING), state, ""'),
    ("run/machines/programs.py", "return NOTHING, state, (", 'return NOTHING, state, "" and ('),
    ("run/elsewhere.py", "elif item.path not in files:", "elif not files:"),
    ("run/elsewhere.py", "{Status.SKIP, Status.NOT_RUN, Status.MISSING}", "frozenset[Status]()"),
    ("run/elsewhere.py", "if files is None or", "if files is not None and"),
    ("lint/offers.py", "        return NOT_RUN\n", "        return YES\n"),
    ("lint/offers.py", "if any(t.status is Status.PASS for t in tests):", "if tests:"),
    ("run/machines/machine.py", "if shutil.which(program) is None:", "if not program:"),
    ("guest/ktap.py", "return name if block.names[name] == 1 or block.as_said else",
     "return name or"),
    ("guest/ktap.py", "if numbered > block.plan and block.plans == 1", "if block.plans == 0"),
    ("report/kcidb.py", 'Status.NOT_RUN: "MISS"', 'Status.NOT_RUN: "PASS"'),
    ("report/kcidb.py", 'Status.MISSING: "ERROR"', 'Status.MISSING: "PASS"'),
    ("report/kcidb.py", 'Status.FLAKY: "ERROR"', 'Status.FLAKY: "PASS"'),
    ("report/kcidb.py", 'Status.SKIP: "SKIP"', 'Status.SKIP: "PASS"'),
    ("report/kcidb.py", 'Status.TIMEOUT: "FAIL"', 'Status.TIMEOUT: "PASS"'),
    ("report/kcidb.py", '"not_checked": list(summary.unchecked(report))', '"not_checked": []'),
    ("report/kcidb.py", '"verdict": report.verdict.value', '"verdict": "pass"'),
    ("report/junit.py", "elif c.after is not Status.PASS:", "elif c.after is Status.SKIP:"),
    ("report/junit.py", "if c.kind in summary.BLAMED:", "if c.after is Status.FAIL:"),
    ("report/junit.py", "if s.status is not Status.PASS:",
     "if s.status is Status.SKIP:"),
    ("report/junit.py", 'if item.gaps:\n            _say(case, "skipped"',
     'if not item.seen:\n            _say(case, "skipped"'),
    ("report/junit.py", "elif report.verdict is not Verdict.PASS:",
     "elif report.verdict is Verdict.REFUSED:"),
    ("report/junit.py", 'suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))',
     'suite.set(attribute, "0")'),
    ("report/ktap.py", 'Status.NOT_RUN: " # SKIP"', 'Status.NOT_RUN: ""'),
    ("report/ktap.py", 'Status.FLAKY: " # SKIP"', 'Status.FLAKY: ""'),
    ("report/ktap.py", 'skip = "" if report.verdict is Verdict.PASS or not good',
     'skip = "" if good'),
    ("report/ktap.py", "rows.append((c.name, not blamed,", "rows.append((c.name, True,"),
    ("report/ktap.py", 'if f.gaps else "",', 'if not f.seen else "",'),
    ("report/ktap.py", "if s.status in {Status.NOT_RUN, Status.SKIP} else",
     "if s.status is Status.SKIP else"),
    ("report/sarif.py", '"executionSuccessful": whole', '"executionSuccessful": not whole'),
    ("report/sarif.py", "{Verdict.PASS, Verdict.FAIL} and",
     "{Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE} and"),
    ("report/sarif.py", "for row in summary.unchecked(report)]}", "for row in ()]}"),
    ("report/github.py", 'kind = "notice" if report.verdict is Verdict.PASS else',
     'kind = "notice" if report.verdict is not Verdict.FAIL else'),
    ("report/github.py", "for row in summary.unchecked(report)]", "for row in ()]"),
    ("report/mail.py", 'Verdict.INCOMPLETE: "Nothing wrong was found, but not all of it could be',
     'Verdict.INCOMPLETE: "No problems found. All of it could be'),
    ("report/mail.py", "if report.verdict is Verdict.PASS and tested", "if tested"),
    ("report/page.html", "{% if unchecked %}", "{% if not unchecked %}"),
    ("report/terminal.py", "_rows(summary.unchecked(report), ", "_rows((), "),
    ("report/checks.py", "if summary.unseen(s) or (", "if ("),
    ("report/checks.py", "if g.look in _GAPS[name]]", "if False]"),
    ("report/checks.py", 'return Check(name, "warn", one_line(f"NOT_RUN',
     'return Check(name, "pass", one_line(f"NOT_RUN'),
    ("report/checks.py", "_DECIDED = frozenset({Verdict.PASS, Verdict.FAIL})",
     "_DECIDED = frozenset(Verdict)"),
    ("report/checks.py", "{Verdict.PASS: 0, Verdict.FAIL: 1}.get(report.verdict, 125)",
     "{Verdict.FAIL: 1}.get(report.verdict, 0)"),
    ("report/checks.py", "250 if warned else 0", "0"),
    ("report/summary.py", "return stage.status is Status.NOT_RUN or (", "return ("),
    ("report/summary.py", "(stage.status is Status.SKIP and stage.applies)",
     "(stage.status is Status.SKIP)"),
    ("report/summary.py", "    rows += looked.gap_lines(report.evidence)\n", ""),
    ("report/summary.py", "if nothing := looked.not_executed(report.evidence):",
     "if nothing := ():"),
    ("run/executed.py", "for one in places - boot_ if group != BOOT else ():",
     "for one in places:"),
    ("run/line_evidence.py", "return Ran.NOT if place in self.known else Ran.UNKNOWN, ()",
     "return Ran.TESTS, ()"),
    ("cover/placed.py", "if len(agreed) != 1:", "if not agreed:"),
    ("report/summary.py", "rows = [one_line(b, 300) for b in report.bugs]", "rows = list[str]()"),
    ("report/summary.py", "if c.before in _RESULT and c.after in _RESULT)",
     "if c.after in _RESULT)"),
    ("report/summary.py", "c.name != BOOT_TEST", 'c.name != ""'),
    ("report/summary.py", "if report.before is not None and report.after is not None:",
     "if report.before is not None:"),
    ("report/summary.py", "Status.FLAKY})\n", "Status.FLAKY, Status.NOT_RUN})\n"),
    ("farm/patchwork.py", '"warn": "warning"', '"warn": "success"'),
    ("cli/main.py", "Verdict.INCOMPLETE: 4", "Verdict.INCOMPLETE: 0"),
    ("cli/main.py", "Verdict.NOT_TESTED: 4", "Verdict.NOT_TESTED: 0"),
    ("cli/main.py", "if report.verdict is Verdict.INCOMPLETE and args.allow_incomplete:",
     "if args.allow_incomplete:"),
    ("cli/main.py", "    if report.bugs:\n        return BUG\n    if isinstance",
     "    if isinstance"),
    ("run/execute.py", "if missing or gaps or state.unread", "if gaps or state.unread"),
    ("run/execute.py", "if missing or gaps or state.unread", "if missing or state.unread"),
    ("run/execute.py",
     "Verdict.INCOMPLETE if missing or gaps or state.unread or state.bugs else Verdict.PASS",
     "Verdict.PASS"),
    ("run/execute.py", "if not ran or (", "if ("),
    ("run/schedule.py", "return record(_with_bug(state, stage, error), Status.NOT_RUN, _BUG)",
     "return record(_with_bug(state, stage, error), Status.PASS, _BUG)"),
    ("run/schedule.py", 'return Status.NOT_RUN, f"{maker}', 'return Status.PASS, f"{maker}'),
    ("report/looked.py", "and not any(g.look is Look.COMPILED for g in f.gaps)]", "]"),
    ("evidence.py", "return bare_code(before) == bare_code(after)", "return True"),
    ("run/file_evidence.py", "elif row is not None and row.look in looks:", "elif False:"),
    ("run/file_evidence.py", "if not having:", "if not builds:"),
    ("run/file_evidence.py", "    if off:\n", "    if not off:\n"),
    ("run/file_evidence.py", "if state.before is None or state.after is None or not (",
     "if state.before is None or not ("),
    ("run/file_evidence.py", "if kind in RUN and built and not all(row.same for row in built):",
     "if kind in RUN and built and all(row.same for row in built):"),
    ("run/elsewhere.py", "if ran & p.programs", "if p.programs"),
    ("run/elsewhere.py", "and path in covered(p, state.series)", ""),
    ("run/file_evidence.py",
     "for name, row in found if name == NATIVE_TARGET.name]  # that one boots",
     "for name, row in found]"),
    ("build/compiled.py", "if _made_anew(before.out / n, after.out / n)]", "]"),
    ("csource/regions.py", "if off := [s for s in stack if s[0] is not True]:",
     "if off := [s for s in stack if s[0] is False]:"),
    ("run/file_evidence.py", "if row.problem else Sight(", "if not row.path else Sight("),
)


def survives(row: tuple[str, str, str]) -> str:
    """"" when a test notices, else why it counts as a survivor."""
    name, old, new = row
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for part in ("harness", "tests", "patches", "kselftests", "docs"):
            shutil.copytree(ROOT / part, top / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", top)
        path = top / "harness" / name
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            return f"stands there {text.count(old)} times"
        path.write_text(text.replace(old, new), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider",
             *(f"tests/unit/{t}" for t in TESTS)], cwd=top, capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(top)}, timeout=300)
    return "" if done.returncode == 1 else f"pytest ended with {done.returncode}"


def main() -> int:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(survives, WRONG))
    for (name, old, new), why in zip(WRONG, results, strict=True):
        if why:
            print(f"survives ({why}): {name}: {old!r} -> {new!r}")
    bad = sum(1 for why in results if why)
    print(f"{len(WRONG) - bad} of {len(WRONG)} wrong versions are noticed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
