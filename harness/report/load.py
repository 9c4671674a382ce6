# SPDX-License-Identifier: GPL-2.0-or-later
"""A report out of its document: of this version, of earlier ones, or edited by somebody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.clean import clean
from harness.errors import UsageError
from harness.evidence import FileEvidence, FileKind, Gap, Line, LineState, Look, Ran, Sight
from harness.model import (
    NOWHERE,
    Change,
    ChangeKind,
    Finding,
    GuestRun,
    Location,
    Measurement,
    Member,
    Offer,
    Outcome,
    Patch,
    PatchFile,
    Report,
    Series,
    Severity,
    Splat,
    StageResult,
    Status,
    StructLayout,
    Suite,
    Tree,
    Verdict,
)
from harness.report.json_ import NAME, SCHEMA, SCHEMA_VERSION, document, location

_READ = (2, 3, 4, 5, 6, 7, SCHEMA_VERSION)
MOST = 64 << 20  # bytes of a report that is read back


def _load_location(row: dict[str, Any]) -> Location:
    place = row["location"]
    return Location(place["path"], place["line"], place["test"]) if place else NOWHERE


def cleaned(report: Report) -> Report:
    """The same report without anything foreign that is not harmless: what renderers work on."""
    return replace(load(document(report)), kept=report.kept)


def read(place: Path) -> Report:
    """The report of a run's folder, or of the file itself; raises ``UsageError``."""
    return checked(raw(place))


def raw(place: Path) -> Any:
    """The JSON of a run's folder, or of the file itself; raises ``UsageError``."""
    path = place / NAME if place.is_dir() else place
    try:
        if path.stat().st_size > MOST:
            raise UsageError(f"{path}: larger than {MOST >> 20} MiB")
        return json.loads(path.read_text("utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: no report of a run: {error}",
                         hint="RUN is the folder that --out named") from None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def checked(data: Any) -> Report:
    """A report out of a document that somebody may have edited."""
    report = load(data)  # raises for a version that it does not know
    import jsonschema  # noqa: PLC0415  (a tenth of a second, and only here)

    try:
        jsonschema.validate(_newer(data), json.loads(SCHEMA.read_text("utf-8")),
                            jsonschema.Draft202012Validator)
    except jsonschema.ValidationError as error:
        spot = "/".join(map(str, error.absolute_path))
        raise UsageError(f"the report is damaged at {clean(spot)[:100]}: "
                         f"{clean(error.message)[:200]}",
                         hint="harness/report/schema.json describes its form") from None
    return report


def load(data: Any) -> Report:
    """A report out of its document; raises ``UsageError`` for any other form."""
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version not in _READ:
        raise UsageError(f"a report of schema version {clean(str(version))}",
                         hint=f"this harness reads versions {', '.join(map(str, _READ))}; "
                              "run the check again")
    try:
        return _load(_newer(data))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(f"the report is damaged: {type(error).__name__}: {error}",
                         hint="harness/report/schema.json describes its form") from None


def _load(data: dict[str, Any]) -> Report:
    base = data["base"]
    return Report(
        # harness uapi has its own verdict in that place
        verdict=Verdict(data.get("result", data["verdict"])), title=str(data["title"]),
        series=_load_series(data["series"]),
        tree=None if base is None else Tree(base["tree"], Path(), base["commit"], base["origin"]),
        base="" if base is None else base["commit"],
        stages=tuple(StageResult(s["name"], Status(s["status"]), float(s["seconds"]), s["reason"],
                                 float(s["started"]), s["applies"], s["cached"])
                     for s in data["stages"]),
        findings=tuple(load_finding(f) for f in data["findings"]),
        changes=tuple(Change(
            c["name"], Status(c["before"]), Status(c["after"]), ChangeKind(c["change"]),
            c["reason_before"], c["reason_after"], c["log"]) for c in data["tests"]),
        before=_load_guest(data, "before"), after=_load_guest(data, "after"),
        reproduce=data["reproduce"], out=Path(data["out"]), notices=tuple(data["notices"]),
        layouts=tuple((_load_layout(p["before"]), _load_layout(p["after"]))
                      for p in data["layouts"]),
        began=data["began"], seconds=float(data["seconds"]), ended=data["ended"],
        scope=str(data["scope"]), inferred=tuple(data["inferred"]), bugs=tuple(data["bugs"]),
        not_run=tuple(data["not_run"]),
        suites=tuple(Suite(s["kind"], s["name"], s["path"], s["ran"], s["why"])
                     for s in data["suites"]),
        offers=tuple(Offer(o["capability"], o["machine"], _pair(o["documented"]),
                           _pair(o["reported"]), _pair(o["works"]), o["why"])
                     for o in data["offers"]),
        evidence=tuple(FileEvidence(
            e["path"], FileKind(e["kind"]),
            tuple(Sight(Look(s["look"]), s["where"]) for s in e["seen"]),
            tuple(Gap(Look(g["look"]), g["reason"], g["next"]) for g in e["gaps"]),
            tuple(Line(n["line"], LineState(n["state"]), n["why"], n["text"], Ran(n["ran"]),
                       tuple(n["by"]), n.get("defended"), n.get("defence", ""))
                  for n in e["lines"]))
            for e in data["evidence"]))


def _pair(row: list[str]) -> tuple[str, str]:
    """What is said of the base, and of the patched kernel."""
    one, two = row
    return one, two


def load_finding(row: dict[str, Any]) -> Finding:
    """A finding out of what ``finding`` made of it."""
    return Finding(row["rule"], Severity(row["severity"]), row["message"], _load_location(row),
                   row["evidence"], row["patch"] or 0, row["subject"], tuple(row["abis"]),
                   row["struct"], row["member"], row["inferred"])


def _newer(data: dict[str, Any]) -> dict[str, Any]:
    """A document of version 2 to 7 as one of version 8: what it does not say was not looked at."""
    if data["schema_version"] == 2:
        data = {"scope": "check", "looked_at": "", "evidence": [], "inferred": [], "bugs": [],
                **data, "schema_version": 3,
                "stages": [{"applies": True, **s} for s in data["stages"]],
                "findings": [{"inferred": "", **f} for f in data["findings"]],
                "series": data["series"] and {**data["series"], "patches": [
                    {"placed": "", **p} for p in data["series"]["patches"]]}}
    if data["schema_version"] == 3:
        said = data["notices"]
        data = {**data, "schema_version": 4,
                "notices": [n for n in said if "NOT_RUN" not in n],
                "not_run": [n for n in said if "NOT_RUN" in n],
                "stages": [{"cached": "cached" in s["reason"], **s} for s in data["stages"]],
                "findings": [{"abis": [], "struct": "", "member": "",
                              "location": location(_guessed(f)), **f}
                             for f in data["findings"]]}
    if data["schema_version"] == 4:
        data = {**data, "schema_version": 5,
                "evidence": [{"lines": [], **e} for e in data["evidence"]]}
    if data["schema_version"] == 5:
        data = {**data, "schema_version": 6, "suites": []}
    if data["schema_version"] == 6:
        data = {**data, "schema_version": 7, "evidence": [
            {**e, "lines": [{"ran": "", "by": [], **n} for n in e["lines"]]}
            for e in data["evidence"]]}
    if data["schema_version"] == 7:
        data = {**data, "schema_version": SCHEMA_VERSION, "offers": []}
    return data


def _guessed(row: dict[str, Any]) -> Location:
    """The place of a finding of version 3, which had it as text."""
    if row["rule"].startswith(("runtime-", "base-failure")):
        return Location(test=row["where"])
    path, _, line = row["where"].rpartition(":")
    return Location(path, int(line)) if path and line.isdecimal() else Location(row["where"])


def _load_series(data: dict[str, Any] | None) -> Series | None:
    if data is None:
        return None
    return Series(data["title"], int(data["version"]), tuple(Patch(
        number=p["number"], total=p["total"], subject=p["subject"], author=p["author"],
        email=p["email"], date=p["date"], message=p["message"], diff=p["diff"].encode(),
        files=tuple(PatchFile(f, f, 0, 0) for f in p["files"]), source="",
        raw_subject=p["raw_subject"], message_id=p["message_id"],
        recipients=tuple(p["recipients"]), placed=p["placed"].encode())
        for p in data["patches"]), source=data["source"])


def _load_layout(data: dict[str, Any]) -> StructLayout:
    return StructLayout(data["name"], data["size"], data["align"], tuple(
        Member(m["name"], m["offset"], m["size"], m["type"], bits=m["bits"],
               bit_offset=m["bit_offset"]) for m in data["members"]))


def _load_guest(data: dict[str, Any], side: str) -> GuestRun | None:
    """Load one side's guest run; its tests are in ``changes``, side by side."""
    guest = data["guests"][side]
    if guest is None:
        return None
    rows = tuple(Measurement(m["name"], m[side], m["unit"]) for m in data["measurements"]
                 if m[side] is not None)
    tests = tuple(Outcome(c["name"], Status(c[side])) for c in data["tests"])
    return GuestRun(tests, rows, tuple(Splat(s["title"], s["text"], s["during"])
                                       for s in guest["splats"]),
                    int(guest["boots"]), float(guest["seconds"]), guest["accelerator"])
