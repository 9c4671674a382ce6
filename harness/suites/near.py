# SPDX-License-Identifier: GPL-2.0-or-later
"""Which suites belong to a change, by paths. Pure.

Being near is not being tested: what is said here is a reason to run a suite, and no evidence that
it reaches the change.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from harness.suites.kunit import Suite

_SUFFIX = re.compile(r"(?:[_-](?:k?unit|tests?|selftests?))+$")
_PREFIX = re.compile(r"^(?:test|kunit)[_-]")
_FOLDERS = frozenset({"test", "tests", "kunit", "selftest", "selftests"})
MOST_BESIDE = 5  # suites of one folder that all belong to each of its files: lib/ has dozens


def stem(path: str) -> str:
    """The name of a file without what says that it is a test: ``lib/list-test.c`` is "list"."""
    name = posixpath.basename(path).rpartition(".")[0].lower()
    return re.sub(r"[_-]", "", _PREFIX.sub("", _SUFFIX.sub("", name)))


def home(path: str) -> str:
    """The folder that a file is about: of one in ``fs/x/tests`` that is ``fs/x``."""
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) in _FOLDERS else folder


def belonging(changed: Iterable[str], suites: Iterable[Suite]) -> dict[Suite, str]:
    """The suites to run for some changed files, and why."""
    rows, paths = list(suites), list(changed)
    crowd = {h: sum(home(s.path) == h for s in rows) for h in {home(s.path) for s in rows}}
    found: dict[Suite, str] = {}
    for suite in rows:
        if why := next(filter(None, (_why(p, suite, crowd) for p in paths)), ""):
            found[suite] = why
    return found


def _why(path: str, suite: Suite, crowd: dict[str, int]) -> str:
    if path == suite.path:
        return "the series changes it"
    here = home(suite.path)
    if stem(path) == stem(suite.path) and (
            here == posixpath.dirname(path) or path.startswith("include/")):
        return f"it is called after {path}"
    if here and here == posixpath.dirname(path) and crowd[here] <= MOST_BESIDE:
        return f"it is beside {path}"
    return ""
