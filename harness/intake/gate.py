# SPDX-License-Identifier: GPL-2.0-or-later
"""What is refused before git sees anything.

git itself refuses ``../``, absolute paths and ``.git``, but lets through
symlinks that point anywhere, gitlinks, ``.gitmodules``, attributes with
filters, and binary patches that unfold to gigabytes.
"""

from __future__ import annotations

import re

from harness.clean import one_line
from harness.errors import InputRefusedError

MAX_MAIL = 32 << 20  # bytes
MAX_LITERAL = 1 << 20  # bytes that one binary hunk may claim to unfold to

_HEADER = re.compile(rb"^(?:--- |\+\+\+ |rename (?:from|to) |copy (?:from|to) |diff --git )(.*)$",
                     re.MULTILINE)
_MODE = re.compile(rb"^(?:new file mode|new mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})$",
                   re.MULTILINE)
_LITERAL = re.compile(rb"^(?:literal|delta) (\d+)$", re.MULTILINE)


def _names(header: bytes) -> list[str]:
    text = header.split(b"\t")[0].decode("utf-8", "surrogateescape").strip()
    if text == "/dev/null":
        return []
    parts = text.split(" b/") if text.startswith("a/") and " b/" in text else [text]
    return [re.sub(r"^[abciow]/", "", part.strip('"')) for part in parts]


def check_path(path: str) -> str:
    """Return why a path is refused, or ""."""
    parts = path.split("/")
    if path.startswith("/"):
        return "is absolute"
    if ".." in parts:
        return "leaves the tree"
    if any(p.lower().rstrip(". ") in {".git", "git~1"} for p in parts):
        return "is inside .git"
    if parts[-1] == ".gitmodules":
        return "changes submodules"
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in path) or re.search(r"\\[0-7]{3}|\\[ntr]", path):
        return "has control or undecodable characters"
    return "is longer than 4095 bytes" if len(path.encode("utf-8", "replace")) > 4095 else ""


def _link_leaves(path: str, target: str) -> bool:
    if target.startswith("/"):
        return True
    depth = path.count("/")
    for part in target.split("/"):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        if depth < 0:
            return True
    return False


def check_diff(diff: bytes, source: str) -> None:
    """Raise ``InputRefusedError``, naming the path or mode, when a diff is not safe."""
    for match in _HEADER.finditer(diff):
        for name in _names(match.group(1)):
            if why := check_path(name):
                raise InputRefusedError(f"{source}: path {one_line(name)!r} {why}")
    for match in _LITERAL.finditer(diff):
        if len(match.group(1)) > 9 or int(match.group(1)) > MAX_LITERAL:
            raise InputRefusedError(
                f"{source}: a binary hunk claims {match.group(1)[:20].decode()} bytes "
                f"(limit {MAX_LITERAL})")
    for part in re.split(rb"(?m)^(?=diff --git )", diff):
        _check_mode(part, source)


def _check_mode(part: bytes, source: str) -> None:
    header = re.search(rb"^\+\+\+ b/(.*)$", part, re.MULTILINE)
    path = header.group(1).decode("utf-8", "replace").strip() if header else "?"
    for match in _MODE.finditer(part):
        if match.group(1) == b"160000":
            raise InputRefusedError(f"{source}: {one_line(path)} is a gitlink (mode 160000)")
        if match.group(1) == b"120000":
            target = re.search(rb"^\+(?!\+\+ )(.*)$", part, re.MULTILINE)
            if target and _link_leaves(path, target.group(1).decode("utf-8", "replace")):
                raise InputRefusedError(
                    f"{source}: symlink {one_line(path)} (mode 120000) points outside the tree")
    if path.rsplit("/", 1)[-1] == ".gitattributes" and re.search(
            rb"^\+.*\b(?:filter|diff|merge)=", part, re.MULTILINE):
        raise InputRefusedError(f"{source}: {one_line(path)} sets a filter or driver")
