# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of sub-commands other than a Report: data for programs, lines for readers.

A kind is a row of ``KINDS``: the module of this folder whose ``lines(data, view)`` says it to a
reader. Lines are made of the data alone, so ``harness report`` shows a kept answer again.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.clean import clean
from harness.errors import UsageError
from harness.report import load
from harness.report.terminal import to_text


@dataclass(frozen=True, slots=True)
class View:
    """How to show a document: with colours, with all evidence."""

    color: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: its kind, plain data (foreign strings cleaned), the exit code of the process."""

    kind: str
    data: dict[str, Any]
    code: int = 0

    def __post_init__(self) -> None:
        """The one edge: whoever made the data, or edited it, every string in it is cleaned."""
        object.__setattr__(self, "data", _cleaned(self.data))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


KINDS: dict[str, str] = {
    "run": "kernel_run", "fuzz": "fuzz", "prove": "proof", "intake": "intake",
    "review": "review", "headers": "headers", "bench": "bench"}


def as_json(document: Document) -> str:
    """The document for a program."""
    data = {"document": document.kind, **document.data}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def render(document: Document, view: View) -> str:
    """The document for a reader."""
    module = importlib.import_module(f"harness.report.{KINDS[document.kind]}")
    lines: Callable[[dict[str, Any], View], Iterable[Text | str]] = module.lines
    rows = list(lines(document.data, view))
    # Only what has colours goes through rich, which would wrap the rest.
    return "".join(f"{row}\n" if isinstance(row, str) else to_text(row, color=view.color)
                   for row in rows)


def read(place: Path) -> Document | None:
    """A kept answer, of a folder or a file; None when that is no such document.

    Raises ``UsageError`` when it has been damaged.
    """
    try:
        data = load.raw(place)
    except UsageError:
        return None  # whoever reads reports says why
    kind = data.pop("document", None) if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        return None
    found = Document(kind, data)
    try:
        render(found, View())
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UsageError(f"{place}: the answer of 'harness {kind}' is damaged: "
                         f"{type(error).__name__}: {error}", hint="run it again") from None
    return found
