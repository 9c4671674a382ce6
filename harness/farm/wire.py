# SPDX-License-Identifier: GPL-2.0-or-later
"""What driver and worker send one another: small JSON, and nothing else. Pure but for files.

A job is ``{"spec": ..., "mails": [text, ...]}``, an answer ``{"result": ..., "files": {...}}``;
mails and files are zlib and base64. Both sides take the other's words for hostile.
"""

from __future__ import annotations

import base64
import binascii
import json
import string
import zlib
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from harness.clean import one_line
from harness.errors import InputRefusedError
from harness.farm import jobs
from harness.farm.jobs import Result, Spec
from harness.report import json_, load

MOST = 32 << 20  # characters of a job or an answer
_FILE = load.MOST  # bytes of one file, unpacked
_ALL = 256 << 20  # bytes of all files of an answer, unpacked
_COUNT = 10**6  # findings
_CODES = {"pass": 0, "fail": 1, "refused": 3, "incomplete": 4, "not-tested": 4}
_TROUBLES = {"infrastructure", jobs.KILLED, "interrupted"}
_NONE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, zlib.error)
_KEPT = 4 << 20  # characters of what is sent of a job's files besides the report
# what a job leaves that is worth the way, the first before the others
_NAMES = (json_.NAME, "log", "*.log", "*/*.log")
_LETTERS = frozenset(f"{string.ascii_letters}{string.digits}._-+")


def job(spec: Spec, mails: Sequence[bytes]) -> str:
    """A job, as one line; raises ``InputRefusedError`` where it is too much for the way."""
    text = json.dumps({"spec": json.loads(spec.json), "mails": [_packed(m) for m in mails]})
    if len(text) > MOST:
        raise InputRefusedError(f"the series is more than {MOST >> 20} MB: too much for a worker")
    return text


def read_job(text: str) -> tuple[Spec, tuple[bytes, ...]]:
    """What ``job`` wrote; raises ``InputRefusedError``."""
    try:
        row = json.loads(text)
        return Spec.of(json.dumps(row["spec"])), tuple(_unpacked(m) for m in row["mails"])
    except _NONE as error:
        raise InputRefusedError(f"no job: {type(error).__name__}") from None


def answer(result: Result, folder: Path | None = None) -> str:
    """How a job ended, with the files in its folder that are worth it, as one line."""
    found: dict[str, str] = {}
    room = MOST // 2
    for name, path in _worth(folder / jobs.RUN).items() if folder is not None else ():
        packed = _packed(path.read_bytes())
        if len(packed) <= room:
            found[name] = packed
            room = min(room - len(packed), _KEPT)
    return json.dumps({"result": asdict(result), "files": found})


def _worth(run: Path) -> dict[str, Path]:
    """The files that are sent, by their names below ``run``."""
    return {str(p.relative_to(run)): p for name in _NAMES for p in sorted(run.glob(name))
            if p.is_file() and not p.is_symlink() and p.stat().st_size <= _FILE}


def read_answer(text: str, folder: Path) -> Result:
    """Put the files of an answer into a job's folder.

    Raises ``InputRefusedError`` for what is none, and ``OSError`` where it cannot be written.
    """
    files: dict[Path, bytes] = {}
    left = _ALL
    try:
        row = json.loads(text)
        result = _result(row["result"])
        for name, data in row["files"].items():
            content = files[_name(name)] = _unpacked(data)
            left -= len(content)
            if left < 0:
                raise ValueError("too much")
    except _NONE as error:
        raise InputRefusedError(f"it is none: {type(error).__name__}") from None
    for name, data in files.items():
        path = folder / jobs.RUN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return result


def whole(text: str) -> bool:
    """Whether an answer that was kept is one."""
    try:
        row = json.loads(text)
        _result(row["result"])
        return isinstance(row["files"], dict)
    except _NONE:
        return False


def _result(row: dict[str, Any]) -> Result:
    result = Result(**values(Result, row, 1000))
    sound(result.verdict, result.code, again=result.again or result.stopped)
    if not 0 <= result.errors <= _COUNT or not 0 <= result.warnings <= _COUNT:
        raise ValueError("a count")
    return result


def values(kind: type, row: dict[str, Any], longest: int, **known: Any,
           ) -> dict[str, Any]:
    """What a foreign row says of the fields of a dataclass, each of its own type.

    Texts are one line of ``longest`` characters; ``known`` needs no look. Raises ``KeyError`` and
    ``TypeError``.
    """
    for field in fields(kind):
        value = row[field.name]
        if field.name in known:
            continue
        if type(value).__name__ not in {field.type, "int" if field.type == "float" else field.type}:
            raise TypeError(field.name)
        known[field.name] = one_line(value, longest) if isinstance(value, str) else value
    return known


def sound(verdict: str, code: int, *, again: bool) -> None:
    """Raise ``ValueError`` where a verdict is none, or its code that of another one."""
    known = _CODES.get(verdict)
    if (known is None and not again) or (known is not None and code != known) or not (
            -255 <= code <= 255) or (known is None and verdict not in _TROUBLES):
        raise ValueError(verdict[:40])


def _name(text: str) -> Path:
    parts = text.split("/")
    if not 1 <= len(parts) <= 2 or any(
            not p.strip(".") or len(p) > 100 or not _LETTERS.issuperset(p) for p in parts):
        raise ValueError(text[:100])
    return Path(*parts)


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def _unpacked(text: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(text, validate=True), _FILE)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if not unpacker.eof:
        raise ValueError("a file of more than 64 MB, or half of one")
    return data
