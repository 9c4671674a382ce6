# SPDX-License-Identifier: GPL-2.0-or-later
"""Both versions of the headers, and what each offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import Abi
from harness.model import HeaderApi
from harness.system.sandbox import Sandbox
from harness.uapi import prelude
from harness.uapi.compiler import Compiler
from harness.uapi.extract import extract

Pair = tuple[Compiler, Compiler]  # of the old headers, and of the new ones


@dataclass(frozen=True, slots=True)
class Sides:
    """Both versions of the headers, in memory and on disk."""

    sandbox: Sandbox
    before: Mapping[str, str]
    after: Mapping[str, str]
    old_dir: Path
    new_dir: Path
    abis: tuple[Abi, ...]

    def pair(self, abi: Abi) -> Pair:
        """The compilers of both versions."""
        return (Compiler(self.sandbox, self.old_dir, abi.flags, abi.program),
                Compiler(self.sandbox, self.new_dir, abi.flags, abi.program))


def differs(sides: Sides, header: str) -> bool:
    """Whether an unchanged header offers something else than before."""
    if header not in sides.before or header not in sides.after:
        return True
    for abi in sides.abis:
        old, new = (extract(c, header, sides.before[header]) for c in sides.pair(abi))
        if old.problem or new.problem:
            return True  # it may stand on what comes before it: that is tried in full
        if (old.structs, old.numbers, old.arity) != (new.structs, new.numbers, new.arity):
            return True
    return False


def offered(sides: Sides, header: str, abi: Abi) -> tuple[Pair, HeaderApi]:
    """The compilers, after what the header needs before it, and what the old one offers."""
    one, two = sides.pair(abi)
    old = extract(one, header, sides.before[header])
    if old.problem and (lines := prelude.needed(one, header)):
        one, two = replace(one, before=lines), replace(two, before=lines)
        old = extract(one, header, sides.before[header])
    return (one, two), old
