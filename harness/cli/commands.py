# SPDX-License-Identifier: GPL-2.0-or-later
"""Sub-commands that are no slice of the pipeline: kernels, programs, the machine itself."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness import settings
from harness.clean import clean, one_line
from harness.cli.console import (
    Progress,
    place,
    read_settings,
    reproduce,
    show,
    show_json,
    use_color,
)
from harness.cli.mails import read_options
from harness.errors import UsageError
from harness.profiles import Profile


def _profiles(name: str | None) -> tuple[Any, ...]:
    from harness import profiles  # noqa: PLC0415

    every = profiles.load_all(settings.ROOT / "kselftests")
    chosen = tuple(p for p in every if name in {None, p.name})
    if not chosen:
        raise UsageError(f"no profile {name!r}", hint=f"one of {', '.join(p.name for p in every)}")
    return chosen


def _kernel(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path}: no such file", hint="give a bzImage, or a vmlinux")
    return path.resolve()


def _publish(args: argparse.Namespace, out: Path, document: dict[str, Any], text: str) -> None:
    """Keep the result beside what it came from, and show it."""
    (out / "report.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    if args.json:
        show_json(document)
    else:
        show(text)


def _run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness.report import kernel_run, terminal  # noqa: PLC0415
    from harness.run import one_kernel  # noqa: PLC0415

    values = read_settings(args)
    kernel = _kernel(args.kernel)
    progress = Progress(quiet=args.quiet or args.json)
    out = place(args, values.cache)
    how = one_kernel.How(out, progress, args.shell, args.gdb, args.dry_run)
    result, why = one_kernel.run_kernel(kernel, _profiles(args.profile), values, how)
    progress.done()
    if result is None:
        show(f"{why}\n" if why else "")
        return 0
    document = kernel_run.document(result, out, reproduce(argv))
    text = terminal.to_text(*kernel_run.lines(result, verbose=args.verbose), color=use_color())
    text += f"note: {one_line(why, 300)}\n" if why else ""
    _publish(args, out, document,
             f"{text}{document['verdict'].upper()}  {args.kernel}   everything is in {out}\n")
    return {"pass": 0, "fail": 1, "not-tested": 4}[document["verdict"]]


def _fuzz(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness.generate import replay  # noqa: PLC0415
    from harness.guest import boot  # noqa: PLC0415
    from harness.prove import fuzz, replayers  # noqa: PLC0415
    from harness.system import sandbox  # noqa: PLC0415

    values = read_settings(args)
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    if args.seed is None:
        argv = [*argv, "--seed", str(seed)]
    kernel = None if args.host else _kernel(args.kernel)
    profile = next((p for p in _profiles(args.profile) if p.model), None)
    if profile is None:
        raise UsageError(f"profile {args.profile} has no model to compare with")
    progress = Progress(quiet=args.quiet or args.json)
    box = sandbox.get(enabled=values.sandbox)
    out = place(args, values.cache)
    out.mkdir(parents=True, exist_ok=True)
    model = replay.load_model(profile)
    if args.expect and args.expect not in model.EXPECTATIONS:
        known = "; ".join(f"{name}: {says}" for name, says in model.EXPECTATIONS.items())
        raise UsageError(f"the model knows no expectation {args.expect!r}", hint=known)
    work = replayers.driver(profile, box, out)
    with tempfile.TemporaryDirectory() as name:
        if kernel is None:
            run = replayers.on_host(work, model, box, out / "log")
        else:
            init = boot.compile_init(Path(name), box, out / "log")
            run = replayers.in_guest(replayers.guest(values, box, out, init, progress),
                                kernel, work, model)
        plan = fuzz.Plan(seed, args.ops, args.expect or "")
        result = fuzz.campaign(model, run, plan, progress)
    result = fuzz.write_all(result, model, profile, out)
    progress.done()
    document = fuzz.document(result, model, reproduce(argv))
    _publish(args, out, document,
             "".join(f"{line}\n" for line in fuzz.lines(result, model, reproduce(argv))))
    if result.skipped:
        return 4
    return 1 if result.found else 0


def _prove(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness.cache import housekeeping  # noqa: PLC0415
    from harness.prove import baseline, mutants, proof, trials  # noqa: PLC0415
    from harness.run import state  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    out = place(args, values.cache)
    out.mkdir(parents=True, exist_ok=True)
    plan = baseline.Plan(args.mutants, tuple(args.only), args.limit, max(1, args.workers),
                      own=args.own)
    started = time.monotonic()
    request = state.Request(args.series, values, out, reproduce(argv),
                            reading=read_options(args, values),
                             repair=args.repair, reuse=False)
    with housekeeping.scratch(values.cache) as name:
        right = baseline.build_baseline(state.State(request, progress, Path(name)), plan)
        judged = trials.prove(right, mutants.collect(right, plan), plan, progress)
    progress.done()
    document = proof.document(judged, baseline.described(right), time.monotonic() - started,
                              reproduce(argv))
    _publish(args, out, document, "".join(f"{line}\n" for line in proof.lines(document)))
    if any(j.status == "survived" for j in judged):
        return 1
    return 0 if any(j.status == "caught" for j in judged) else 4


def _generate(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.generate.programs import ship, write_sources  # noqa: PLC0415

    chosen = _profiles(args.profile)
    if args.ship:
        written = [str(path) for profile in chosen for path in ship(profile)]
    elif args.out is None:
        raise UsageError("nowhere to write to", hint="--out DIR, or --ship")
    elif args.as_patch:
        written = [str(_as_patch(profile, args)) for profile in chosen if profile.selftests]
    else:
        written = [str(path) for profile in chosen
                   for path in write_sources(profile, args.out / profile.name)]
    if args.json:
        show_json({"written": written})
    else:
        show("".join(f"{path}\n" for path in written))
    return 0


def _as_patch(profile: Profile, args: argparse.Namespace) -> Path:
    from harness import apply, trees  # noqa: PLC0415
    from harness.generate import intree  # noqa: PLC0415
    from harness.system import repo  # noqa: PLC0415

    values = read_settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    tree = trees.obtain(values.tree_name, values.cache, progress)
    progress.done()
    row, makefile = intree.fit(profile, lambda path: repo.show(tree.repo, tree.commit, path))
    files = {row.program: intree.source(profile).encode(),
             row.makefile: makefile.encode("utf-8", "surrogateescape")}
    commit = apply.commit_content(tree, tree.commit, files, intree.message(profile))
    args.out.mkdir(parents=True, exist_ok=True)
    path = Path(args.out) / f"0001-{profile.name}.patch"
    path.write_bytes(repo.git(tree.repo, "format-patch", "-1", "--stdout", commit).stdout)
    return path


def _doctor(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.cli import doctor  # noqa: PLC0415

    found = doctor.examine()
    command = doctor.install_command(found)
    if args.json:
        show_json({"tools": [{"name": h.tool.name, "path": h.path, "version": clean(h.version),
                          "problem": h.problem, "needed_for": h.tool.needed_for} for h in found],
               "install": command})
    else:
        for h in found:
            state = h.problem.upper() or "ok"
            show(f"{state:14} {h.tool.name:20} {one_line(h.version, 60):60} {h.tool.needed_for}\n")
        show(f"install what is missing with: {command}\n" if command else "nothing is missing\n")
    return 5 if any(h.problem for h in found) else 0


def _of_a_profile(rule: str) -> tuple[str, str] | None:
    """Severity and meaning of a rule that a profile brings."""
    from harness.lint import source  # noqa: PLC0415

    for profile in _profiles(None):
        for row in source.load(profile.folder):
            if row.id == rule:
                return str(row.severity), (f"{row.says}\n\nA rule of the profile {profile.name} "
                                           f"about {row.function} in {row.file}: "
                                           f"kselftests/{profile.name}/rules/")
    return None


def known_rules() -> tuple[str, ...]:
    """The ids of all rules, of the harness and of the profiles; checkpatch has its own."""
    from harness.lint import source  # noqa: PLC0415

    text = (settings.ROOT / "docs" / "rules.md").read_text("utf-8")
    own = (row.id for profile in _profiles(None) for row in source.load(profile.folder))
    return (*re.findall(r"(?m)^\| `([\w-]+)` \|", text), *own)


def _explain(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    text = (settings.ROOT / "docs" / "rules.md").read_text("utf-8")
    rule = re.sub(r"-[0-9a-f]{8}$", "", args.rule)
    page = re.search(rf"(?ms)^### `{re.escape(rule)}`\n\n(.*?)(?=^### |\Z)", text)
    row = re.search(rf"(?m)^\| `{re.escape(rule)}` \| (\w+) \|(?:.*\|)? (.*?) \|$", text)
    if row is not None:
        level, says = row.groups()
    elif rule.startswith("checkpatch-"):
        kind = rule.removeprefix("checkpatch-").replace("-", "_").upper()
        level, says = "advice", (f"{kind} of the tree's checkpatch.pl, see its "
                                 "Documentation/dev-tools/checkpatch.rst")
    elif (own := _of_a_profile(rule)) is not None:
        level, says = own
    else:
        raise UsageError(f"no rule {rule!r}", hint=f"one of {', '.join(known_rules())}")
    body = page.group(1).strip() if page else ""
    if args.json:
        show_json({"rule": rule, "severity": level, "says": says, "page": body})
    else:
        show(f"{rule} ({level}): {says}\n" + (f"\n{body}\n" if body else ""))
    return 0


def _cache(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.cache import housekeeping  # noqa: PLC0415

    where = read_settings(args).cache
    if args.action == "gc":
        rows, left = housekeeping.gc(where, housekeeping.parse_size(args.max_size))
    else:
        rows = sorted(housekeeping.entries(where), key=lambda e: -e.used)
        left = sum(e.size for e in rows)
    if args.json:
        show_json({"action": args.action, "left": left, "entries": [
            {"kind": e.kind, "name": e.name, "bytes": e.size, "used": e.used} for e in rows]})
        return 0
    for e in rows:
        stamp = time.strftime("%Y-%m-%d %H:%M", time.localtime(e.used))
        show(f"{e.kind:20} {e.name[:24]:24} {e.size / (1 << 20):8.1f} MiB  {stamp}\n")
    word = "removed; left" if args.action == "gc" else "in"
    show(f"{len(rows)} {word} {where}: {left / (1 << 30):.2f} GiB, without the trees\n")
    return 0


def _trees(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness import trees  # noqa: PLC0415

    cache = read_settings(args).cache
    rows = [(row, trees.cached(cache, row)) for row in trees.TREES]
    if args.json:
        show_json([{"name": row.name, "kind": row.kind, "where": row.where, "ref": row.ref,
                "commit": tree.commit if tree else None} for row, tree in rows])
    else:
        for row, tree in rows:
            state = f"cached: {one_line(tree.origin)}" if tree else "not fetched"
            show(f"{row.name:12} {state:40} {row.where} {row.ref}  ({row.note})\n")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "run": _run, "fuzz": _fuzz, "prove": _prove,
    "generate": _generate, "doctor": _doctor, "trees": _trees,
    "explain": _explain, "cache": _cache,
}
