# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: sub-commands are slices of the pipeline. The only place that prints."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from harness import proc, settings
from harness.arch import ABIS, NATIVE
from harness.clean import clean, one_line
from harness.errors import HarnessError, InfrastructureError, InputRefusedError, UsageError
from harness.model import Severity, Verdict
from harness.options import build_parser

_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.REFUSED: 3, Verdict.NOT_TESTED: 4,
          Verdict.INFRASTRUCTURE: 5}


class Progress:
    """Progress on standard error: one line that changes on a terminal, else few lines."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._started = time.monotonic()
        self._last = 0.0
        self._word = ""

    def __call__(self, text: str) -> None:
        """Show one step; those in brackets come by the hundred and are thinned out."""
        if self._quiet:
            return
        now = time.monotonic()
        line = f"{now - self._started:6.1f}s {one_line(text)}"
        if self._tty:
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{line[: columns - 1]}")
            sys.stderr.flush()
        elif not text.startswith("[") or now - self._last > 15:
            self._last = now
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self._tty and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _settings(args: argparse.Namespace) -> settings.Settings:
    flags = {k: v for k, v in vars(args).items() if v is not None}
    return settings.load(flags, os.environ)


def _color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _json(data: object) -> None:
    _out(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _place(args: argparse.Namespace, cache: Path) -> Path:
    if args.out is not None:
        return Path(args.out).resolve()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    runs = cache / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=runs))


def _reproduce(argv: Sequence[str]) -> str:
    return shlex.join(["./run", *argv])


def _pipeline(args: argparse.Namespace, argv: Sequence[str]) -> int:
    # Imported here: "harness --help" and "doctor" must not wait for jinja and rich.
    from harness import pipeline, stages  # noqa: PLC0415
    from harness.report import json_, terminal  # noqa: PLC0415
    from harness.uapi import pair  # noqa: PLC0415

    values = _settings(args)
    base_only = getattr(args, "base_only", False)
    kept = args.out is not None or args.command not in {"lint", "uapi"}
    progress = Progress(quiet=args.quiet or args.json)
    with contextlib.ExitStack() as stack:
        # What the static slices have to say is on the screen; a folder only on request.
        out = _place(args, values.cache) if kept else Path(
            stack.enter_context(tempfile.TemporaryDirectory()))
        request = stages.Request(args.series, values, out, _reproduce(argv),
                                 base_only=base_only, kept=kept)
        if args.command == "uapi":
            options, notices = _uapi_options(args, values, progress)
            request = replace(request, uapi=options, suppress=args.suppress, notices=notices)
        report, error = pipeline.run(
            request, pipeline.stages_of(args.command, base_only=base_only), progress)
        progress.done()
        document = json_.document(report)
        if args.command == "uapi":
            document |= {"result": document["verdict"], "verdict": pair.verdict(report.findings),
                         "breaks": pair.breaks(report.findings)}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (out / "report.json").write_text(text, "utf-8")
        _out(text if args.json else terminal.render(report, color=_color(), verbose=args.verbose))
    if error is not None and not isinstance(error, HarnessError):
        raise error
    if isinstance(error, HarnessError):
        _complain(error)
        return error.exit_code
    return _CODES[report.verdict]


def _uapi_options(args: argparse.Namespace, values: settings.Settings, say: Progress,
                  ) -> tuple[Any, tuple[str, ...]]:
    """What --consumers, --also and --arch ask for; what cannot be had is said."""
    from harness.uapi.check import Options  # noqa: PLC0415
    from harness.uapi.pair import read_side  # noqa: PLC0415

    wanted = [a for a in ABIS if a in NATIVE or a.name in args.arch]
    there = tuple(a for a in wanted if shutil.which(a.program))
    notices = tuple(f"{a.name}: NOT_RUN: {a.program} is not installed; next: apt-get install "
                    f"{a.package}" for a in wanted if a not in there and a not in NATIVE)
    for folder in args.consumers:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such directory", hint="--consumers DIR")
    also = read_side(args.also, values, say).headers if args.also else None
    abis = (*NATIVE, *(a for a in there if a not in NATIVE))
    return Options(tuple(f.resolve() for f in args.consumers), also, args.also or "",
                   abis), notices


def _uapi(args: argparse.Namespace, argv: Sequence[str]) -> int:
    if len(args.series) > 2:
        raise UsageError("uapi takes a series, or BEFORE and AFTER")
    if len(args.series) < 2:
        args.series = Path(args.series[0]) if args.series else None
        return _pipeline(args, argv)
    from harness import stages  # noqa: PLC0415
    from harness.report import json_, terminal  # noqa: PLC0415
    from harness.uapi import pair  # noqa: PLC0415

    values = _settings(args)
    progress = Progress(quiet=args.quiet or args.json)
    options, notices = _uapi_options(args, values, progress)
    result = pair.check_pair(args.series[0], args.series[1], values, options, progress)
    result, more = stages.suppressed(result, args.suppress)
    progress.done()
    notices += result.notices + more
    verdict, breaks = pair.verdict(result.findings), pair.breaks(result.findings)
    if args.json:
        _json({"schema_version": json_.SCHEMA_VERSION, "verdict": verdict, "breaks": breaks,
               "headers": list(result.headers), "notices": [clean(n) for n in notices],
               "findings": [json_.finding(f) for f in result.findings],
               "reproduce": _reproduce(argv)})
    else:
        order = list(Severity)
        found = sorted(result.findings, key=lambda f: order.index(f.severity))
        lines = [t for f in found for t in terminal.finding_lines(f, verbose=args.verbose)]
        _out(terminal.to_text(*lines, color=_color()))
        _out("".join(f"note: {one_line(n, 300)}\n" for n in notices))
        counts = f"{len(result.headers)} headers compared, {len(found)} findings"
        _out(f"{verdict}{': ' + ', '.join(breaks) if breaks else ''}  ({counts})\n")
    if any(f.severity is Severity.ERROR for f in result.findings):
        return 1
    if result.notices and not result.headers:
        raise InputRefusedError(f"nothing could be compared: {result.notices[0]}")
    return 0


def _profiles(name: str | None) -> tuple[Any, ...]:
    from harness import profiles  # noqa: PLC0415

    every = profiles.load_all(settings.ROOT / "kselftests")
    chosen = tuple(p for p in every if name in {None, p.name})
    if not chosen:
        raise UsageError(f"no profile {name!r}", hint=f"one of {', '.join(p.name for p in every)}")
    return chosen


def _run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from harness import runner  # noqa: PLC0415
    from harness.report import terminal  # noqa: PLC0415

    values = _settings(args)
    if not args.kernel.is_file():
        raise UsageError(f"{args.kernel}: no such file", hint="give a bzImage, or a vmlinux")
    progress = Progress(quiet=args.quiet or args.json)
    out = _place(args, values.cache)
    result = runner.run_kernel(args.kernel.resolve(), _profiles(args.profile), values, out,
                               progress)
    progress.done()
    document = runner.document(result, out, _reproduce(argv))
    (out / "report.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    if args.json:
        _json(document)
    else:
        _out(terminal.to_text(*runner.lines(result, verbose=args.verbose), color=_color()))
        _out(f"{document['verdict'].upper()}  {args.kernel}   everything is in {out}\n")
    return {"pass": 0, "fail": 1, "not-tested": 4}[document["verdict"]]


def _generate(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness.generate.programs import write_sources  # noqa: PLC0415

    written = [str(path) for profile in _profiles(args.profile)
               for path in write_sources(profile, args.out / profile.name)]
    if args.json:
        _json({"written": written})
    else:
        _out("".join(f"{path}\n" for path in written))
    return 0


def _doctor(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness import doctor  # noqa: PLC0415

    found = doctor.examine()
    command = doctor.install_command(found)
    if args.json:
        _json({"tools": [{"name": h.tool.name, "path": h.path, "version": clean(h.version),
                          "problem": h.problem, "needed_for": h.tool.needed_for} for h in found],
               "install": command})
    else:
        for h in found:
            state = h.problem.upper() or "ok"
            _out(f"{state:14} {h.tool.name:20} {one_line(h.version, 60):60} {h.tool.needed_for}\n")
        _out(f"install what is missing with: {command}\n" if command else "nothing is missing\n")
    return 5 if any(h.problem for h in found) else 0


def _trees(args: argparse.Namespace, argv: Sequence[str]) -> int:  # noqa: ARG001
    from harness import trees  # noqa: PLC0415

    cache = _settings(args).cache
    rows = [(row, trees.cached(cache, row)) for row in trees.TREES]
    if args.json:
        _json([{"name": row.name, "kind": row.kind, "where": row.where, "ref": row.ref,
                "commit": tree.commit if tree else None} for row, tree in rows])
    else:
        for row, tree in rows:
            state = f"cached: {one_line(tree.origin)}" if tree else "not fetched"
            _out(f"{row.name:12} {state:40} {row.where} {row.ref}  ({row.note})\n")
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "check": _pipeline, "lint": _pipeline, "build": _pipeline, "uapi": _uapi, "run": _run,
    "generate": _generate, "doctor": _doctor, "trees": _trees,
}


def _complain(error: HarnessError) -> None:
    sys.stderr.write(f"harness: {one_line(error.message, 600)}\n")
    if error.hint:
        sys.stderr.write(f"         next: {one_line(error.hint, 300)}\n")


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: children first."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    old = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code; nothing but a bug shows a traceback."""
    args = build_parser().parse_args(argv)
    try:
        with _signals():
            return _COMMANDS[args.command](args, argv)
    except HarnessError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        proc.stop_all()
        sys.stderr.write("\nharness: interrupted; nothing is left running\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        _complain(InfrastructureError(f"{error.filename or 'system'}: {error.strerror or error}",
                                      hint="the run can be repeated"))
        return 5
