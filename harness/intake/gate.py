# SPDX-License-Identifier: GPL-2.0-or-later
"""Refuse dangerous patches before git sees them.

git itself refuses ``../``, absolute paths and ``.git``, but lets through
symlinks that point anywhere, gitlinks, ``.gitmodules``, attributes with
filters, and binary patches that unfold to gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.clean import BIDI, decode, one_line
from harness.errors import InputRefusedError
from harness.hunks import names_of, scan, unquote, without_prefix

MAX_LINES = 700_000  # of a diff; each costs half a kilobyte while it is looked at
MAX_LITERAL = 1 << 20  # bytes that one binary hunk may claim to unfold to
MAX_HUNKS = 100_000

_NAMES = re.compile(rb"(?m)^(?:(diff --git [^\n]*)|(?:rename|copy) (?:from|to) ([^\n]*))$")
# git's own (userdiff.c): they need no configuration and run nothing
_DRIVERS = frozenset(re.findall(r"\w+", """ada bash bibtex cpp csharp css dts elixir fortran
    fountain golang html java kotlin markdown matlab objc pascal perl php python ruby rust scheme
    tex"""))
_MODE = re.compile(rb"^(?:new file mode|new mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})$",
                   re.MULTILINE)
_LITERAL = re.compile(rb"^(?:literal|delta) (\d+)$", re.MULTILINE)
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{BIDI}]")


def _names(diff: bytes) -> Iterator[str]:
    for match in _NAMES.finditer(diff):
        git, moved = match.groups()
        if git is not None:
            yield from names_of(git)
        else:
            yield unquote(moved)
    for file in scan(diff).files:
        yield from (file.old_path, file.new_path)


def check_path(path: str) -> str:
    """Return why a path is refused, or ""."""
    parts = path.split("/")
    if path.startswith("/"):
        return "is absolute"
    if ".." in parts:
        return "leaves the tree"
    # NTFS and HFS+ see .git where the name has dots, blanks or invisible characters more.
    bare = [re.sub("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]", "", p) for p in parts]
    if any(p.lower().rstrip(". ") in {".git", "git~1"} for p in bare):
        return "is inside .git"
    if parts[-1] == ".gitmodules":
        return "changes submodules"
    if _UNSAFE.search(path):
        return "has control, bidirectional or undecodable characters"
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
    for name in _names(diff):
        if why := check_path(name):
            raise InputRefusedError(
                f"{source}: path {one_line(name)!r} {why}",
                hint="a patch may name files of the tree alone; look at who sent it")
    for match in _LITERAL.finditer(diff):
        if len(match.group(1)) > 9 or int(match.group(1)) > MAX_LITERAL:
            raise InputRefusedError(
                f"{source}: a binary hunk claims {match.group(1)[:20].decode()} bytes "
                f"(limit {MAX_LITERAL})")
    if (hunks := diff.count(b"\n@@ -")) > MAX_HUNKS:
        raise InputRefusedError(f"{source}: {hunks} hunks in one patch (limit {MAX_HUNKS})")
    check_lines([diff], source)
    for part in re.split(rb"(?m)^(?=diff --git )", diff):
        _check_mode(part, source)


def check_lines(diffs: Iterable[bytes], source: str) -> None:
    """Raise ``InputRefusedError`` when there are too many lines in all of these together."""
    if (lines := sum(diff.count(b"\n") for diff in diffs)) > MAX_LINES:
        raise InputRefusedError(f"{source}: {lines:,} lines of patches (limit {MAX_LINES:,})")


def links(diffs: Iterable[bytes]) -> frozenset[str]:
    """The paths that these diffs make symlinks."""
    return frozenset(
        _path(part) for diff in diffs for part in re.split(rb"(?m)^(?=diff --git )", diff)
        if any(m.group(1) == b"120000" for m in _MODE.finditer(part)))


def check_links(diffs: Iterable[bytes], source: str) -> None:
    """Refuse a series that writes below a symlink of its own (CVE-2023-23946's pattern)."""
    every = tuple(diffs)
    made = links(every)
    for name in (n for diff in every if made for n in _names(diff)):
        above = next((link for link in made if name.startswith(f"{link}/")), None)
        if above is not None:
            raise InputRefusedError(f"{source}: path {one_line(name)!r} is beneath "
                                    f"{one_line(above)!r}, a symlink of this series (mode 120000)")


def _path(part: bytes) -> str:
    header = re.match(rb"diff --git [^\n]*", part)
    if header is not None:
        return names_of(header.group())[1]
    header = re.search(rb"^\+\+\+ ([^\n]*)$", part, re.MULTILINE)
    return without_prefix(unquote(header.group(1))) if header else "?"


def _check_mode(part: bytes, source: str) -> None:
    path = _path(part)
    for match in _MODE.finditer(part):
        if match.group(1) == b"160000":
            raise InputRefusedError(f"{source}: {one_line(path)} is a gitlink (mode 160000)")
        if match.group(1) == b"120000":
            target = re.search(rb"^\+(?!\+\+ )(.*)$", part, re.MULTILINE)
            if target is None and b"GIT binary patch" in part:
                raise InputRefusedError(
                    f"{source}: symlink {one_line(path)} (mode 120000) with a binary target")
            if target and _link_leaves(path, target.group(1).decode("utf-8", "replace")):
                raise InputRefusedError(
                    f"{source}: symlink {one_line(path)} (mode 120000) points outside the tree")
    if path.rsplit("/", 1)[-1] == ".gitattributes":
        for match in re.finditer(rb"(?m)^\+.*?\b(filter|diff|merge)=(\S+)", part):
            if match.group(1) != b"diff" or decode(match.group(2)) not in _DRIVERS:
                raise InputRefusedError(f"{source}: {one_line(path)} sets a filter or driver")
