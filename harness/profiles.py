# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles: folders below ``kselftests/`` that make the harness know a subject.

A profile applies when a series touches one of its own files, or one of its
paths with one of its words in the changed lines. Nothing is imported by name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from harness.clean import decode
from harness.errors import UsageError
from harness.hunks import scan
from harness.model import Series


@dataclass(frozen=True, slots=True)
class Selftest:
    """Where a profile's program goes in a tree: ``line`` follows the last match of ``after``."""

    makefile: str
    program: str
    line: str
    after: str
    subject: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A capability: the test that passes where it is reported, those that pass where it works."""

    capability: str
    reported: str
    works: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The contents of a profile's ``about.toml``; paths are absolute."""

    name: str
    title: str
    folder: Path
    paths: tuple[str, ...]
    words: tuple[str, ...]
    config: Path
    sources: tuple[Path, ...]
    library: tuple[Path, ...]
    handwritten: tuple[Path, ...]
    includes: tuple[str, ...]
    locals: tuple[str, ...]
    setup: tuple[str, ...]
    teardown: tuple[str, ...]
    needs: str
    own: tuple[str, ...] = ()  # files that are the subject itself, whatever changes in them
    parallel: tuple[str, ...] = ()  # programs that need several CPUs
    guest: tuple[str, ...] = ()  # paths without which a guest is of no use
    model: Path | None = None
    bench: tuple[Path, ...] = ()  # programs of its benchmark, below bench/
    bench_library: tuple[Path, ...] = ()
    bench_table: str = "Access"  # what the rows of its table are
    selftests: tuple[Selftest, ...] = ()
    offers: tuple[Offered, ...] = ()

    def fragments(self, architecture: str) -> tuple[Path, ...]:
        """Its configuration of a kernel: what all architectures share, and what is one's own."""
        return tuple(path for path in (
            self.config, self.config.with_name(f"{self.config.name}.{architecture}"))
            if path.is_file())

    @property
    def consumers(self) -> Path | None:
        """Probes: how known programs use what the profile is about."""
        folder = self.folder / "consumers"
        return folder if folder.is_dir() else None

    @property
    def benchmark(self) -> Profile:
        """Its benchmark alone, as a profile: other programs, and their configuration."""
        return replace(self, name=f"{self.name}-bench", folder=self.folder / "bench",
                       config=self.folder / "bench" / "config", handwritten=self.bench,
                       library=self.library + self.bench_library, model=None,
                       parallel=tuple(p.stem for p in self.bench))

    @property
    def programs(self) -> frozenset[str]:
        """The names of its test programs."""
        return frozenset(p.stem for p in (*self.specs, *self.handwritten))

    @property
    def specs(self) -> tuple[Path, ...]:
        """The spec files, in order."""
        return tuple(sorted((self.folder / "specs").glob("*.toml")))


_APPLIES = {"own", "paths", "words"}
_PROGRAMS = {"sources", "library", "handwritten", "includes", "locals", "setup", "teardown",
             "needs", "parallel"}
_BENCH = {"programs", "library", "table"}


def load(folder: Path) -> Profile:
    """Read one profile; raises ``UsageError`` that names the file and key."""
    about = folder / "about.toml"
    try:
        data = tomllib.loads(about.read_text("utf-8"))
        applies, programs = data["applies"], data["programs"]
        bench = data.get("bench", {})
        for name, table, known in (("applies", applies, _APPLIES), ("bench", bench, _BENCH),
                                   ("programs", programs, _PROGRAMS)):
            if unknown := set(table) - known:
                raise UsageError(f"{about}: unknown key {min(unknown)!r} in [{name}]",
                                 hint=f"known keys: {', '.join(sorted(known))}")
        return Profile(
            name=folder.name, title=data["title"], folder=folder,
            paths=tuple(applies.get("paths", ())), words=tuple(applies.get("words", ())),
            config=folder / "config",
            sources=tuple(folder / s for s in programs.get("sources", ())),
            library=tuple(folder.parent / "lib" / s for s in programs.get("library", ())),
            handwritten=tuple(folder / s for s in programs.get("handwritten", ())),
            includes=tuple(programs.get("includes", ())), locals=tuple(programs.get("locals", ())),
            setup=tuple(programs.get("setup", ())), teardown=tuple(programs.get("teardown", ())),
            needs=programs.get("needs", ""), own=tuple(applies.get("own", ())),
            parallel=tuple(programs.get("parallel", ())),
            guest=tuple(data.get("guest", {}).get("needs", ())),
            bench=tuple(folder / "bench" / s for s in bench.get("programs", ())),
            bench_library=tuple(folder.parent / "lib" / s for s in bench.get("library", ())),
            bench_table=bench.get("table", "Access"),
            model=folder / data["model"]["file"] if "model" in data else None,
            selftests=tuple(Selftest(**row) for row in data.get("selftest", ())),
            offers=tuple(Offered(row["capability"], row["reported"], tuple(row["works"]))
                         for row in data.get("offer", ())))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{about}: {error}") from None
    except (KeyError, TypeError) as error:
        raise UsageError(f"{about}: {error} is missing or wrong") from None


def load_all(root: Path) -> tuple[Profile, ...]:
    """All profiles below ``root`` (kselftests/)."""
    return tuple(load(a.parent) for a in sorted(root.glob("*/about.toml")))


def covered(profile: Profile, series: Series) -> frozenset[str]:
    """The files of a series that a profile is about.

    Its own files always are; others that match its paths are where one of its words stands in a
    changed line.
    """
    found = set()
    for patch in series.patches:
        for path, lines in _changed(patch.diff):
            own = any(fnmatch(path, glob) for glob in profile.own)
            if own or (any(fnmatch(path, glob) for glob in profile.paths)
                       and any(re.search(word, lines) for word in profile.words)):
                found.add(path)
    return frozenset(found)


def _changed(diff: bytes) -> Iterator[tuple[str, str]]:
    """Each file of a diff, of whatever program, with its changed lines."""
    for file in scan(diff).files:
        lines = "\n".join(decode(t) for h in file.hunks for t in h.lines if t[:1] in {b"+", b"-"})
        for name in dict.fromkeys(filter(None, (file.old_path, file.new_path))):
            yield name, lines


def applying(profiles: tuple[Profile, ...], series: Series) -> tuple[Profile, ...]:
    """The profiles whose subject the series touches."""
    return tuple(profile for profile in profiles if covered(profile, series))
