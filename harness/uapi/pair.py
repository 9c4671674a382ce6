# SPDX-License-Identifier: GPL-2.0-or-later
"""Any two of: a header, a directory of headers, a tree, TREE@REV."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness import trees
from harness.arch import BIG_ENDIAN, NATIVE_TARGET
from harness.errors import InputRefusedError, UsageError
from harness.settings import Settings
from harness.system import sandbox
from harness.uapi import baseline, endian
from harness.uapi.baseline import is_baseline
from harness.uapi.check import check_headers
from harness.uapi.result import Options, UapiResult, for_arch, merge
from harness.uapi.series import big_endian, export_headers, without_cplusplus

MAX_HEADER = 8 << 20  # bytes


@dataclass(frozen=True, slots=True)
class HeaderSide:
    """Headers by name, and where in a tree each is."""

    headers: dict[str, str]
    prefix: str


def expanded(text: str) -> Path:
    """A path with ``~`` filled in, where there is such a user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def read_side(text: str, settings: Settings, say: Callable[[str], None], alone: str = "",
              srcarch: str = NATIVE_TARGET.srcarch) -> HeaderSide:
    """Read one side; ``alone`` is the name that a single header goes by.

    Raises ``UsageError`` when it is none of the four, ``InputRefusedError`` for
    headers that are too large or missing.
    """
    path = expanded(text)
    if is_baseline(path):
        return HeaderSide(*baseline.read(path, srcarch))
    if path.is_file():
        return HeaderSide({alone or path.name: _text(path)}, "")
    name, at, _ = text.rpartition("@")
    is_tree = trees.known(text) or (at and (trees.known(name) or Path(name).is_dir())) or (
        path / "include" / "uapi").is_dir() or (path / ".git").exists() or (
        path / "objects").is_dir()
    if is_tree:
        tree = trees.obtain(text, settings.cache, say)
        return HeaderSide(export_headers(tree, tree.commit, srcarch), "include/uapi/")
    if not path.is_dir():
        raise UsageError(f"{text}: no such header, directory or tree",
                         hint="BEFORE and AFTER are headers, directories of headers, or trees: "
                              "PATH@REV or a name of 'harness trees'")
    files = sorted(p for p in path.rglob("*.h") if p.is_file() and not p.is_symlink())
    if not files:
        raise InputRefusedError(f"{path}: no header found")
    return HeaderSide({str(p.relative_to(path)): _text(p) for p in files}, "")


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_HEADER:
        raise InputRefusedError(f"{path}: too large (limit {MAX_HEADER >> 20} MiB)")
    return path.read_bytes().decode("utf-8", "surrogateescape")


def check_pair(before: str, after: str, settings: Settings, options: Options,
               say: Callable[[str], None]) -> UapiResult:
    """Compare two sides."""
    one, two = (expanded(t).is_file() and not is_baseline(expanded(t)) for t in (before, after))
    name = expanded(after).name if two else ""
    if one != two:
        raise UsageError("one of BEFORE and AFTER is a header and the other is not")
    results = []
    box = sandbox.get(enabled=settings.sandbox)
    for srcarch in dict.fromkeys(a.srcarch for a in options.abis):
        old = read_side(before, settings, say, name, srcarch)
        new = read_side(after, settings, say, name, srcarch)
        changed = _changed(old, new, srcarch)
        say(f"{len(changed)} headers differ")
        results.append(check_headers(old.headers, new.headers, changed, box,
                                     for_arch(options, srcarch)))
        results.append(UapiResult(comparisons=without_cplusplus(changed)))
        if BIG_ENDIAN not in options.abis and srcarch == NATIVE_TARGET.srcarch:
            def swapped(text: str) -> dict[str, str]:
                return read_side(text, settings, say, name, BIG_ENDIAN.srcarch).headers
            results.append(big_endian(
                endian.changed(old.headers, new.headers, changed),
                [functools.partial(swapped, text) for text in (before, after)], box))
    return merge(results)


def save(text: str, path: Path, settings: Settings, options: Options,
         say: Callable[[str], None]) -> int:
    """Keep what one side offers in a file; returns how many headers that are.

    Raises ``UsageError`` where the file cannot be written.
    """
    wanted = dict.fromkeys((*(a.srcarch for a in options.abis), BIG_ENDIAN.srcarch))
    sides = {a: read_side(text, settings, say, srcarch=a) for a in wanted}
    first = sides[NATIVE_TARGET.srcarch]
    baseline.save(path, text, {a: s.headers for a, s in sides.items()}, first.prefix)
    return len(first.headers)


def _changed(old: HeaderSide, new: HeaderSide, srcarch: str) -> dict[str, str]:
    """The headers that differ, and where in the tree each is."""
    changed = {n: f"{new.prefix}{n}" for n in {**old.headers, **new.headers}
               if old.headers.get(n) != new.headers.get(n)}
    if old.prefix:  # another version says that it is another version
        changed = {n: p.replace("include/uapi/asm/", f"arch/{srcarch}/include/uapi/asm/")
                   for n, p in changed.items() if n != "linux/version.h"}
    return changed

