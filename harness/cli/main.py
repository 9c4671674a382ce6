# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: the sub-commands that are slices of the pipeline, and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from harness import settings
from harness.clean import one_line
from harness.cli import explain, headers, kernels, machine, mails, programs, publish
from harness.cli.console import (
    Progress,
    alone_in,
    own_commits,
    read_settings,
    reproduce,
    run_folder,
    show,
    spooled,
    use_color,
)
from harness.cli.mails import read_options
from harness.cli.parser import build_parser
from harness.errors import (
    HarnessError,
    InfrastructureError,
    InterruptedRunError,
    UsageError,
)
from harness.model import Report, Verdict
from harness.report import BUG, TOOLS
from harness.system import proc

_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.REFUSED: 3, Verdict.NOT_TESTED: 4,
          Verdict.INCOMPLETE: 4, Verdict.INFRASTRUCTURE: 5}
ARGUMENTS = "arguments.json"  # in a run's folder: what it was asked


def _refuse_typos(values: settings.Settings) -> None:
    """A rule that does not exist finds nothing, and is ignored by nobody: neither is said else."""
    for word in values.choice.patterns:
        if not word.startswith("checkpatch-") and not fnmatch.filter(
                explain.known_rules(), word):
            raise UsageError(f"{word}: there is no such rule", hint=explain.meant(word))


def _pipeline(args: argparse.Namespace, argv: Sequence[str]) -> int:
    # Imported here: "harness --help" and "doctor" must not wait for jinja and rich.
    from harness.report import terminal  # noqa: PLC0415
    from harness.run import dry_run, execute, pipeline  # noqa: PLC0415

    values = read_settings(args)
    _refuse_typos(values)
    _default_series(args)
    kept = args.out is not None or args.command not in {"lint", "uapi"}
    progress = Progress(quiet=args.quiet or args.json)
    only_lines = getattr(args, "dry_run", False)
    with contextlib.ExitStack() as stack:
        # What the static slices have to say is on the screen; a folder only on request.
        folder = run_folder(args, values.cache) if kept or args.series == "-" else None
        if folder is not None and args.series == "-":
            argv = spooled(args, argv, folder)
        out = folder if kept and folder is not None else Path(
            stack.enter_context(tempfile.TemporaryDirectory()))
        out.mkdir(parents=True, exist_ok=True)
        stack.enter_context(alone_in(out))
        (out / ARGUMENTS).write_text(json.dumps([str(Path.cwd()), *argv]) + "\n", "utf-8")
        request = _request(args, argv, values, (out, progress), kept=kept)
        scope = "compile" if request.compile_only else (
            "static" if getattr(args, "headers", False) else args.command)
        row = pipeline.stages_of(scope, base_only=request.base_only,
                                 extra=bool(request.configs), dry_run=only_lines)
        report, error = execute.run(request, (*row, dry_run.STAGE) if only_lines else row,
                                    progress, scope)
        progress.done()
        text = _keep(report, values, request)
        if only_lines and error is None:
            show((out / dry_run.NAME).read_text("utf-8"))
            return 0
        if args.as_ is not None and not isinstance(error, InterruptedRunError):
            code = _as(args.as_, report)
            return BUG if report.bugs else code
        show(text if args.json else terminal.render(
            report, color=use_color(), verbose=args.verbose))
        told = not args.json and report.verdict is Verdict.REFUSED  # why, in three lines
    return _exit_code(args, report, error, told=told)


def _default_series(args: argparse.Namespace) -> None:
    """Without a series: one's own commits in a kernel tree, the lead case in our checkout."""
    if args.command == "demo":
        args.command, args.series = "check", None
    elif args.series is None:
        in_checkout = settings.CHECKOUT and Path.cwd() == settings.ROOT
        args.series = own_commits(args.command, must=not in_checkout)


def _request(args: argparse.Namespace, argv: Sequence[str], values: settings.Settings,
             place_: tuple[Path, Progress], *, kept: bool) -> Any:
    """Turn the command line into a request to the pipeline."""
    from harness.run import own as programs  # noqa: PLC0415
    from harness.run import state  # noqa: PLC0415
    from harness.suites import unsteady  # noqa: PLC0415

    out, progress = place_
    own = tuple(getattr(args, "own", None) or ())
    programs.names(own)
    request = state.Request(
        args.series, values, out, reproduce(argv), reading=read_options(args, values),
        repair=args.repair, checkpatch=getattr(args, "checkpatch", True),
        reuse=getattr(args, "reuse", True), configs=tuple(getattr(args, "config", None) or ()),
        keep_build=getattr(args, "keep", False), base_only=getattr(args, "base_only", False),
        out_is_kept=kept, compile_only=getattr(args, "compile_only", False),
        kconfig=getattr(args, "kconfig", None),
        start=getattr(args, "start", None) or settings.STARTS[0],
        arches=tuple(getattr(args, "arches", None) or ()), boots=args.command != "build",
        suites=tuple(getattr(args, "suites", None) or ()), own=own,
        unsteady=unsteady.read(args.unsteady) if getattr(args, "unsteady", None) else (),
        bisect=getattr(args, "bisect", True), required=tuple(getattr(args, "required", None) or ()),
        tell=progress.found)
    if args.command != "uapi":
        return request
    options, lacking = headers.uapi_options(args, values, progress)
    return replace(request, uapi=options, suppress=args.suppress, not_run=lacking)


def _keep(report: Report, values: settings.Settings, request: Any) -> str:
    """Write report.json, add the run to the history; returns the document as text."""
    from harness.cli import history  # noqa: PLC0415
    from harness.report import json_  # noqa: PLC0415

    text = json_.render(report)
    (request.out / json_.NAME).write_text(text, "utf-8")
    if request.out_is_kept:
        try:
            history.add(values.cache, report)
        except InfrastructureError as trouble:
            _complain(trouble)
    return text


def _exit_code(args: argparse.Namespace, report: Report, error: BaseException | None, *,
               told: bool = False) -> int:
    """The exit code; prints the error that ended the run, unless that was ``told``."""
    for bug in report.bugs:
        sys.stderr.write(f"harness: {one_line(bug, 400)}\n         next: please report it\n")
    if report.bugs:
        return BUG
    if isinstance(error, HarnessError):
        if not told:
            _complain(error)
        return error.exit_code
    if error is not None:
        raise error
    if report.verdict is Verdict.INCOMPLETE and args.allow_incomplete:
        return 0
    return _CODES[report.verdict]


def _as(mode: str, report: Report) -> int:
    """Answer as another tool's check would, with its exit codes."""
    from harness.report.checks import MODES  # noqa: PLC0415

    text, code = MODES[mode](report)
    channel = os.environ.get("DESC_FD", "") if mode == "nipa" else ""
    try:
        os.write(int(channel), f"{text}\n".encode())
    except (ValueError, OverflowError, OSError):  # none, or none that can be written
        show(text if mode == "b4" else f"{text}\n")
    return code


def _resumed(folder: Path) -> list[str]:
    """The command line of the run that left ``folder``, for the same folder."""
    try:
        here, command, *argv = map(str, json.loads((folder / ARGUMENTS).read_text("utf-8")))
        folder = folder.resolve()
        os.chdir(here)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"{folder}: no run to go on with ({error})",
                         hint="give the folder that the run named, or its --out") from None
    if "-" in argv or any(word.startswith("--res") for word in argv):
        raise UsageError(f"{folder}: what was asked there cannot be asked again",
                         hint="give the series again, with --out and the folder")
    if "--out" in argv:  # the same folder, however it was written
        at = argv.index("--out")
        del argv[at: at + 2]
    return [command, "--out", str(folder), *[w for w in argv if not w.startswith("--out=")]]


def _uapi(args: argparse.Namespace, argv: Sequence[str]) -> int:
    if len(args.series) > 2:
        raise UsageError("uapi takes a series, or BEFORE and AFTER")
    if args.save or args.baseline:
        if len(args.series) != 1:
            raise UsageError("--save and --baseline take one side: a header, directory or tree")
        if args.save:
            return headers.save(args)
        args.series = [str(args.baseline), *args.series]
    if len(args.series) == 2:
        return headers.compare(args, argv)
    args.series = args.series[0] if args.series else None
    return _pipeline(args, argv)


_COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    **dict.fromkeys(("check", "demo", "lint", "build"), _pipeline), "uapi": _uapi,
    "run": kernels.run, "fuzz": kernels.fuzz, "prove": kernels.prove,
    "bench": kernels.bench,
    "generate": programs.generate, "explain": explain.explain, "doctor": machine.show_doctor,
    "trees": machine.show_trees, "cache": machine.show_cache,
    **mails.COMMANDS, **publish.COMMANDS,
}


def _complain(error: HarnessError) -> None:
    sys.stderr.write(f"harness: {one_line(error.message, 600)}\n")
    if error.hint:
        sys.stderr.write(f"         next: {one_line(error.hint, 300)}\n")


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


@contextlib.contextmanager
def _signals(what: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does, children first; then none does any more."""
    old = {s: signal.signal(s, what) for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code; nothing but a bug shows a traceback."""
    args = build_parser().parse_args(argv)
    if getattr(args, "resume", None) is not None:
        try:
            return run(_resumed(args.resume))
        except UsageError as error:
            _complain(error)
            return error.exit_code
    os.umask(0o022)  # what we write is read by another user in the sandbox
    code = _run(args, argv)
    return TOOLS.get(getattr(args, "as_", None) or "", {}).get(code, code)


def _run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    try:
        with _signals(_stop):
            return _COMMANDS[args.command](args, argv)
    except HarnessError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        with _signals(signal.SIG_IGN):  # a second one would leave children
            proc.interrupt_all()
        sys.stderr.write("\nharness: interrupted; nothing is left running\n")
        return 130
    except BrokenPipeError:  # whoever read has enough; as a shell counts SIGPIPE
        sys.stderr.close()
        return 141
    except OSError as error:
        _complain(InfrastructureError(f"{error.filename or 'system'}: {error.strerror or error}",
                                      hint="the run can be repeated"))
        return 5
    except Exception as error:  # noqa: BLE001  (a bug of ours must not be a word about the patch)
        sys.stderr.write(f"harness: a bug in harness: {type(error).__name__}: "
                         f"{one_line(str(error), 300)}\n         next: please report it"
                         f"{_traceback()}\n")
        return BUG


def _traceback() -> str:
    """Keep the traceback of a bug of ours in a file, and name it."""
    text = traceback.format_exc()
    try:
        handle, name = tempfile.mkstemp(prefix="harness-bug-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as log:
            log.write(text)
    except OSError:
        return f"\n{text}"
    return f", with {name}"
