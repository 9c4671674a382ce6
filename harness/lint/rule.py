# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules: each is a row of harness/model/rules.toml and one pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.model import NOWHERE, Location, Patch, Series, Severity
from harness.model.rules import RuleText


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule is broken.

    ``key`` is what the finding's id is made of, when that is neither the evidence nor the message.
    """

    message: str
    where: Location = NOWHERE
    evidence: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    text: RuleText

    @property
    def id(self) -> str:
        """Its name, with which the ids of its findings begin."""
        return self.text.id

    @property
    def severity(self) -> Severity:
        """The severity of its findings."""
        return self.text.severity


@dataclass(frozen=True, slots=True)
class PatchRule(_Rule):
    """A rule that looks at each patch alone."""

    check: Callable[[Patch], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class SeriesRule(_Rule):
    """A rule that looks at the series as a whole."""

    check: Callable[[Series], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class TreeContext:
    """A series on its tree: ``before`` and ``after`` give a file's content, or None.

    ``paths`` are those that differ; ``grep`` gives the paths of the patched tree, among those
    that match a glob, whose text matches a POSIX extended expression; ``maintainers`` whom
    get_maintainer.pl names, (address, role); ``title_of`` the title of the commit that a hash
    names, "" when there is none, None without history.
    """

    series: Series
    paths: tuple[str, ...]
    before: Callable[[str], bytes | None]
    after: Callable[[str], bytes | None]
    grep: Callable[[str, tuple[str, ...]], tuple[str, ...]]
    maintainers: Callable[[], tuple[tuple[str, str], ...]]
    title_of: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class TreeRule(_Rule):
    """A rule that looks at the series on its tree, both before and after."""

    check: Callable[[TreeContext], Iterable[Hit]]


Rule = PatchRule | SeriesRule | TreeRule
