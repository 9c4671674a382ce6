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
from pathlib import Path
from types import FrameType
from typing import Any

from harness import proc, settings
from harness.clean import clean, one_line
from harness.errors import HarnessError, InfrastructureError, UsageError
from harness.model import Verdict
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
        report, error = pipeline.run(
            request, pipeline.stages_of(args.command, base_only=base_only), progress)
        progress.done()
        text = json_.render(report)
        (out / "report.json").write_text(text, "utf-8")
        _out(text if args.json else terminal.render(report, color=_color(), verbose=args.verbose))
    if error is not None and not isinstance(error, HarnessError):
        raise error
    if isinstance(error, HarnessError):
        _complain(error)
        return error.exit_code
    return _CODES[report.verdict]


def _uapi(args: argparse.Namespace, argv: Sequence[str]) -> int:
    if len(args.series) > 2:
        raise UsageError("uapi takes a series, or BEFORE and AFTER")
    if len(args.series) < 2:
        args.series = args.series[0] if args.series else None
        return _pipeline(args, argv)
    from harness.report import json_, terminal  # noqa: PLC0415
    from harness.uapi.pair import check_pair  # noqa: PLC0415

    result, verdict, breaks = check_pair(args.series[0], args.series[1],
                                          _settings(args))
    if args.json:
        _json({"schema_version": json_.SCHEMA_VERSION, "verdict": verdict, "breaks": breaks,
               "headers": list(result.headers), "notices": [clean(n) for n in result.notices],
               "findings": [json_.finding(f) for f in result.findings]})
    else:
        lines = [t for f in result.findings
                 for t in terminal.finding_lines(f, verbose=args.verbose)]
        _out(terminal.to_text(*lines, color=_color()))
        _out("".join(f"note: {one_line(n)}\n" for n in result.notices))
        _out(f"{verdict}{': ' + ', '.join(breaks) if breaks else ''}\n")
    return 1 if breaks else 0


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
