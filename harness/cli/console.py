# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the sub-commands: settings, progress, output."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness import settings, trees
from harness.clean import one_line
from harness.errors import UsageError
from harness.model import Finding, Severity
from harness.system import scratch

if TYPE_CHECKING:
    from harness.report.document import Document

_CHECKS = frozenset({"lint", "lint-tree", "uapi", "tools", "warnings"})
_SHOWN = 8


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

    def found(self, stage: str, findings: tuple[Finding, ...], words: str) -> None:
        """Show what a check has found as soon as it ends, while others still run."""
        if self._quiet or (stage not in _CHECKS and not findings):
            return
        self.done()
        now = time.monotonic() - self._started
        rows = [f"{f.severity.value}: {one_line(f.text, 160)} [{f.id}]" for f in findings
                if f.severity is not Severity.NOTE][:_SHOWN]
        more = f" ({words})" if words else ""
        sys.stderr.write(f"{now:6.1f}s {stage}: {'done' if findings else 'no findings'}{more}\n"
                         + "".join(f"        {row}\n" for row in rows))
        sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self._tty and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def read_settings(args: argparse.Namespace) -> settings.Settings:
    """Defaults, file, environment and flags."""
    flags = {k: v for k, v in vars(args).items() if v is not None}
    for line in settings.unknown(os.environ):
        sys.stderr.write(f"harness: {one_line(line)}\n")
    return settings.load(flags, os.environ)


def use_color() -> bool:
    """Whether standard output gets colours (NO_COLOR, FORCE_COLOR, a terminal)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def show(text: str) -> None:
    """Write a result to standard output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def show_json(data: object) -> None:
    """Write one JSON document to standard output."""
    show(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def publish(args: argparse.Namespace, document: Document, keep: Path | None = None) -> int:
    """Show an answer, and keep it in a folder; returns the exit code."""
    from harness.report import document as documents  # noqa: PLC0415
    from harness.report.json_ import NAME  # noqa: PLC0415

    text = documents.as_json(document)
    if keep is not None:
        (keep / NAME).write_text(text, "utf-8")
    view = documents.View(color=use_color(), verbose=args.verbose)
    show(text if args.json else documents.render(document, view))
    return document.code


def run_folder(args: argparse.Namespace, cache: Path) -> Path:
    """The folder that keeps what a run leaves behind; raises ``UsageError`` for a bad --out."""
    if args.out is not None:
        place = Path(args.out).resolve()
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--out {place}: {error.strerror or error}",
                             hint="name a folder that can be written") from None
        return place
    stamp = time.strftime("%Y%m%d-%H%M%S")
    runs = cache / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=runs))


@contextlib.contextmanager
def alone_in(folder: Path, option: str = "--out") -> Iterator[None]:
    """Hold a folder: two runs that write the same files would mix what they found.

    ``option`` is what named it. Raises ``UsageError`` when another run holds it.
    """
    try:
        handle = scratch.hold(folder)
    except OSError:
        raise UsageError(f"{option} {folder}: another run is writing there",
                         hint="wait for it, or choose another folder") from None
    try:
        yield
    finally:
        os.close(handle)


def spooled(args: argparse.Namespace, argv: Sequence[str], folder: Path) -> Sequence[str]:
    """Keep the series that comes on standard input; returns the words that mean the same again.

    ``args.series`` is the file in ``folder`` then.
    """
    from harness.intake.inputs import MAX_MBOX  # noqa: PLC0415

    path = folder / "series.mbox"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sys.stdin.buffer.read(MAX_MBOX + 1))  # who reads it says if it is too large
    args.series = str(path)
    return [str(path) if word == "-" else word for word in argv]


def own_commits(command: str, *, must: bool = True) -> str | None:
    """One's own commits, in a kernel tree: what has no upstream yet, or is about to be pushed.

    Raises ``UsageError`` elsewhere, where there ``must`` be some.
    """
    if top := trees.here():
        # What is about to be pushed, where pre-commit runs us before a push.
        pushed = [os.environ.get(f"PRE_COMMIT_{name}_REF", "") for name in ("FROM", "TO")]
        return f"{top}@{'..'.join(pushed if all(pushed) else ['@{upstream}', 'HEAD'])}"
    if must:
        raise UsageError("no SERIES given, and this is no kernel tree",
                         hint=f"harness {command} SERIES, or 'harness demo' for the lead case")
    return None


def reproduce(argv: Sequence[str]) -> str:
    """The command that repeats this run, from any folder: its words may be paths of this one."""
    run = "harness" if not settings.CHECKOUT else (
        "./run" if Path.cwd() == settings.ROOT else str(settings.ROOT / "run"))
    return f"{shlex.join(['cd', str(Path.cwd())])} && {_settings()}{shlex.join([run, *argv])}"


def _settings() -> str:
    """The settings of the environment, as a shell takes them; no secret of a service is one."""
    mine = [n for n in settings.variables() if os.environ.get(n)]
    return "".join(f"{name}={shlex.quote(os.environ[name])} " for name in sorted(mine))
