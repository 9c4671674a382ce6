# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree offers to userspace, in one file: to compare with later, without the tree.

gzip of JSON: the installed headers by name, for each architecture that was asked for. They are
kept and not what was read from them, so an old file is compared as well as a tree is.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import InputRefusedError, UsageError

_DOCUMENT, _VERSION = "uapi-baseline", 1
MAGIC = b"\x1f\x8b"
MOST_BYTES = 128 << 20  # of all headers of a file
MOST_HEADERS = 10_000


def is_baseline(path: Path) -> bool:
    """Whether a file is a baseline, by its first bytes."""
    try:
        with path.open("rb") as handle:
            return handle.read(2) == MAGIC
    except OSError:
        return False


def save(path: Path, name: str, headers: Mapping[str, Mapping[str, str]], prefix: str) -> None:
    """Write headers (architecture -> name -> text) of what is called ``name``."""
    document = {"document": _DOCUMENT, "version": _VERSION, "name": name, "prefix": prefix,
                "headers": {a: dict(sorted(h.items())) for a, h in sorted(headers.items())}}
    data = gzip.compress(json.dumps(document).encode(), mtime=0)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="--save FILE") from None


def read(path: Path, srcarch: str) -> tuple[dict[str, str], str]:
    """The headers of one architecture, and where in a tree they are.

    Raises ``InputRefusedError`` for a file that is no baseline, too large, or lacks the
    architecture.
    """
    document = _document(path)
    by_arch = document.get("headers")
    if document.get("document") != _DOCUMENT or not isinstance(by_arch, dict):
        raise InputRefusedError(f"{path}: no baseline", hint="harness uapi TREE --save FILE")
    if document.get("version") != _VERSION:
        raise InputRefusedError(f"{path}: a baseline of another version of the harness",
                                hint="harness uapi TREE --save FILE")
    headers = by_arch.get(srcarch)
    if not isinstance(headers, dict):
        raise InputRefusedError(f"{path}: has no headers for {srcarch}",
                                hint="save it again with --arch")
    if len(headers) > MOST_HEADERS:
        raise InputRefusedError(f"{path}: too many headers (limit {MOST_HEADERS})")
    for name, text in headers.items():
        pure = PurePosixPath(name)
        if not isinstance(text, str) or pure.is_absolute() or ".." in pure.parts or "\0" in name:
            raise InputRefusedError(f"{path}: {name[:100]!r} is no header")
    prefix = document.get("prefix")
    return headers, prefix if prefix in {"", "include/uapi/"} else ""


def _document(path: Path) -> dict[str, Any]:
    try:
        with gzip.open(path) as handle:
            data = handle.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise InputRefusedError(f"{path}: too large (limit {MOST_BYTES >> 20} MiB)")
        document = json.loads(data)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise InputRefusedError(f"{path}: no baseline ({type(error).__name__})",
                                hint="harness uapi TREE --save FILE") from None
    return document if isinstance(document, dict) else {}
