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

from harness import __version__, proc, settings
from harness.clean import clean, one_line
from harness.errors import HarnessError, InfrastructureError, UsageError
from harness.model import Verdict

EXAMPLES = """examples:
  harness check                              the default series, before and after, on a real kernel
  harness check series.mbox --tree ~/linux@v6.12
  harness lint 0001-my.patch                 rules only, no tree, no build: a second
  harness uapi series.mbox                   does old userspace source still compile?
  harness uapi old.h new.h                   the same question about two headers
  harness run --kernel bzImage               the programs alone, on any kernel
  harness doctor                             what is missing on this machine

exit codes: 0 nothing found, 1 findings, 2 wrong use, 3 input refused, 4 nothing could be tested,
            5 infrastructure failed (can be repeated), 130 interrupted
"""
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


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tree", metavar="NAME|PATH[@REV]",
                        help="kernel tree: a name of 'harness trees' or your own")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels lie")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep everything of this run here")
    parser.add_argument("--no-sandbox", dest="sandbox", action="store_const", const=False,
                        help="run untrusted code unconfined (said in the report)")
    parser.add_argument("-j", "--jobs", type=int, metavar="N", help="jobs for make")
    parser.add_argument("--fail-on", choices=("error", "warning", "regression", "never"),
                        help="what makes the exit code 1 (default: error)")
    _output(parser)


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("-v", "--verbose", action="store_true", help="show all evidence")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="harness", description="From a patch series on the list to a verdict with evidence.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".",
                                   epilog=f"example:\n  {epilog}",
                                   formatter_class=argparse.RawDescriptionHelpFormatter)

    check = add("check", "everything: lint, UAPI, build, boot, compare, before and after",
                "harness check patches/coalesced-pio/v2")
    check.add_argument("series", nargs="?", type=Path, help="mail, mbox or directory of patches")
    check.add_argument("--base-only", action="store_true", help="run the base, without the series")
    for name, text, epilog in (
        ("lint", "rules over mails and diffs, without a tree", "harness lint 0001-my.patch"),
        ("build", "build the base and the patched kernel", "harness build series.mbox"),
    ):
        sub = add(name, text, epilog)
        sub.add_argument("series", nargs="?", type=Path, help="mail, mbox or directory of patches")
        _common(sub)
    uapi = add("uapi", "compare what userspace sees, before and after",
               "harness uapi before.h after.h")
    uapi.add_argument("series", nargs="*", type=Path, metavar="SERIES | BEFORE AFTER",
                      help="a series, or two headers or directories of headers")
    _common(uapi)
    _common(check)
    for sub in (check,):
        _guest_options(sub)
    run_ = add("run", "boot one kernel and run the programs on it",
               "harness run --kernel arch/x86/boot/bzImage")
    run_.add_argument("--kernel", type=Path, required=True, help="bzImage, or vmlinux with PVH")
    run_.add_argument("--profile", metavar="NAME", help="which programs (default: all profiles)")
    _common(run_)
    _guest_options(run_)
    gen = add("generate", "write the C programs of the profiles",
              "harness generate --out /tmp/programs")
    gen.add_argument("--profile", metavar="NAME", help="which profile (default: all)")
    gen.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write them")
    _output(gen)
    _output(add("doctor", "say what is installed, what is missing and how to get it",
                "harness doctor"))
    sub = add("trees", "list the kernel trees that are known", "harness trees")
    sub.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels are kept")
    _output(sub)
    return parser


def _guest_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--accel", choices=("tcg", "kvm"), help="how QEMU runs the guest")
    parser.add_argument("--test-timeout", type=float, metavar="S", help="deadline of one test")
    parser.add_argument("--boot-timeout", type=float, metavar="S", help="deadline of a boot")
    parser.add_argument("--run-timeout", type=float, metavar="S", help="deadline of one guest")


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
    from harness import pipeline  # noqa: PLC0415
    from harness.report import json_, terminal  # noqa: PLC0415

    values = _settings(args)
    base_only = getattr(args, "base_only", False)
    kept = args.out is not None or args.command not in {"lint", "uapi"}
    progress = Progress(quiet=args.quiet or args.json)
    with contextlib.ExitStack() as stack:
        # What the static slices have to say is on the screen; a folder only on request.
        out = _place(args, values.cache) if kept else Path(
            stack.enter_context(tempfile.TemporaryDirectory()))
        request = pipeline.Request(args.series, values, out, _reproduce(argv),
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
