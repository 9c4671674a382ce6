# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles: folders below ``kselftests/`` that make the harness know a subject.

A profile applies when a series touches one of its paths *and* one of its
words stands in the changed lines. Nothing is imported by name.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from harness.errors import UsageError
from harness.model import Series


@dataclass(frozen=True, slots=True)
class Selftest:
    """Where the profile's program goes in a tree: ``line`` behind the last match of ``after``."""

    makefile: str
    program: str
    line: str
    after: str
    subject: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What ``about.toml`` of a profile says; paths are absolute."""

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
    parallel: tuple[str, ...] = ()  # programs that need several CPUs
    guest: tuple[str, ...] = ()  # paths without which a guest is of no use
    model: Path | None = None
    selftests: tuple[Selftest, ...] = ()

    @property
    def consumers(self) -> Path | None:
        """Probes: how known programs use what the profile is about."""
        folder = self.folder / "consumers"
        return folder if folder.is_dir() else None

    @property
    def specs(self) -> tuple[Path, ...]:
        """The spec files, in order."""
        return tuple(sorted((self.folder / "specs").glob("*.toml")))


def load(folder: Path) -> Profile:
    """Read one profile; raises ``UsageError`` that names the file and key."""
    about = folder / "about.toml"
    try:
        data = tomllib.loads(about.read_text("utf-8"))
        applies, programs = data["applies"], data["programs"]
        return Profile(
            name=folder.name, title=data["title"], folder=folder,
            paths=tuple(applies["paths"]), words=tuple(applies["words"]),
            config=folder / "config",
            sources=tuple(folder / s for s in programs["sources"]),
            library=tuple(folder.parent / "lib" / s for s in programs["library"]),
            handwritten=tuple(folder / s for s in programs["handwritten"]),
            includes=tuple(programs["includes"]), locals=tuple(programs["locals"]),
            setup=tuple(programs["setup"]), teardown=tuple(programs["teardown"]),
            needs=programs["needs"], parallel=tuple(programs.get("parallel", ())),
            guest=tuple(data.get("guest", {}).get("needs", ())),
            model=folder / data["model"]["file"] if "model" in data else None,
            selftests=tuple(Selftest(**row) for row in data.get("selftest", ())))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{about}: {error}") from None
    except (KeyError, TypeError) as error:
        raise UsageError(f"{about}: {error} is missing or wrong") from None


def load_all(root: Path) -> tuple[Profile, ...]:
    """All profiles below ``root`` (kselftests/)."""
    return tuple(load(a.parent) for a in sorted(root.glob("*/about.toml")))


def applying(profiles: tuple[Profile, ...], series: Series) -> tuple[Profile, ...]:
    """The profiles whose subject the series touches."""
    diff = b"\n".join(p.diff for p in series.patches).decode("utf-8", "replace")
    return tuple(
        profile for profile in profiles
        if any(fnmatch(path, glob) for path in series.paths for glob in profile.paths)
        and any(re.search(word, diff) for word in profile.words))
