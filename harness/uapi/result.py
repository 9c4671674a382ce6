# SPDX-License-Identifier: GPL-2.0-or-later
"""Options and results of a comparison of headers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.arch import NATIVE, Abi
from harness.model import Finding, Location, StructLayout
from harness.uapi.growth import Held, settled


@dataclass(frozen=True, slots=True)
class Comparison:
    """One header in one ABI: it was compared, or ``problem`` says why not.

    ``path`` is where the header is in the tree; ``hint`` is the next step, if there is one.
    """

    header: str
    path: str
    abi: str
    problem: str = ""
    hint: str = ""
    passing: bool = False  # the problem may be gone the next time: it is not to be kept


@dataclass(frozen=True, slots=True)
class UapiResult:
    """The result of a comparison; ``added`` are names that only the new header has."""

    findings: tuple[Finding, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    added: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()
    altered: frozenset[str] = frozenset()  # words of it that are gone or something else
    gained: frozenset[str] = frozenset()  # words of it that are new
    layouts: tuple[tuple[StructLayout, StructLayout], ...] = ()  # that differ, in the first ABI
    grew: frozenset[str] = frozenset()  # structs, and who holds which: see ``growth``
    held: tuple[Held, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that were compared, in at least one ABI."""
        return tuple(dict.fromkeys(c.header for c in self.comparisons if not c.problem))

    @property
    def missed(self) -> tuple[Comparison, ...]:
        """Headers that were not compared, each with its reason."""
        return tuple(c for c in self.comparisons if c.problem)


@dataclass(frozen=True, slots=True)
class Options:
    """Further inputs: real userspace source, and a newer tree's numbers.

    ``usual`` is the folder of small programs that come with the harness: those of them count that
    include a header that differs. ``abis`` are the ones that the user asked for, beside the
    native ones; those of an architecture whose own headers change are added by ``check_series``.
    """

    consumers: tuple[Path, ...] = ()
    also: Mapping[str, str] | None = None
    also_name: str = ""
    abis: tuple[Abi, ...] = NATIVE
    usual: Path | None = None


NONE = Options()


def for_arch(options: Options, srcarch: str) -> Options:
    """The part of the options that is about one architecture's headers."""
    abis = tuple(a for a in options.abis if a.srcarch == srcarch)
    first = srcarch == NATIVE[0].srcarch
    return replace(options, abis=abis, consumers=options.consumers if first else (),
                   usual=options.usual if first else None,
                   also=options.also if first else None)


def merge(results: Iterable[UapiResult]) -> UapiResult:
    """Several results as one."""
    rows = tuple(results)
    grew = frozenset(n for r in rows for n in r.grew)
    held = tuple(dict.fromkeys(h for r in rows for h in r.held))
    return UapiResult(
        _once(settled([f for r in rows for f in r.findings], grew, held)),
        tuple(dict.fromkeys(c for r in rows for c in r.comparisons)),
        frozenset(n for r in rows for n in r.added),
        tuple(dict.fromkeys(n for r in rows for n in r.notices)),
        altered=frozenset(n for r in rows for n in r.altered),
        gained=frozenset(n for r in rows for n in r.gained),
        layouts=tuple(pair for r in rows for pair in r.layouts), grew=grew, held=held)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same finding in several ABIs is reported once and names them."""
    seen: dict[tuple[str, Location, str], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.where, finding.message)
        first = seen.setdefault(key, finding)
        if first is not finding:
            seen[key] = replace(first, abis=tuple(dict.fromkeys((*first.abis, *finding.abis))))
    return tuple(seen.values())


@dataclass(frozen=True, slots=True)
class ToolLook:
    """A file below tools/ or samples/: it compiles, or ``problem`` says why nobody knows."""

    path: str
    problem: str = ""
    hint: str = ""
    passing: bool = False  # the problem may be gone the next time: it is not to be kept
