# SPDX-License-Identifier: GPL-2.0-or-later
"""The KUnit suites of a tree, read from the files that register them. Pure.

Documentation/dev-tools/kunit/usage.rst: ``static struct kunit_suite s = { .name = "n", ... };``
and ``kunit_test_suite(s);`` or ``kunit_test_suites(&s, &t);``, for what runs in the init sections
``kunit_test_init_section_suites``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = "kunit_test_"  # begins each macro that registers a suite
GLOBS = ("*.c", "*.h")
# The framework itself, and files that are about suites and have none.
OUTSIDE = ("Documentation/", "include/kunit/", "tools/", "scripts/", "samples/")
MOST_SUITES = 200  # of one file
MOST_NAME = 100  # characters

_REGISTERED = re.compile(r"^[ \t]*kunit_test_(?:init_section_)?suites?\s*\(([^()]*)\)",
                         re.MULTILINE)
_STRUCT = re.compile(r"\bstruct\s+kunit_suite\s+(\w+)\s*=\s*\{")
_NAME = re.compile(r"\.name\s*=\s*\"([^\"\\\n]{1,200})\"")


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite, the file that registers it, and the line where it does.

    ``name`` is "" where the file computes it.
    """

    name: str
    path: str
    line: int


def suites(path: str, text: str) -> tuple[Suite, ...]:
    """The suites that a file registers."""
    return tuple(_suites(path, text))[:MOST_SUITES]


def _suites(path: str, text: str) -> Iterator[Suite]:
    names = dict(_structs(text))
    for match in _REGISTERED.finditer(text):
        line = text.count("\n", 0, match.end()) + 1
        for word in match.group(1).split(","):
            variable = word.strip().removeprefix("&").strip()
            if variable and re.fullmatch(r"\w+", variable):
                yield Suite(names.get(variable, ""), path, line)


def _structs(text: str) -> Iterator[tuple[str, str]]:
    """Each suite's variable and name."""
    for match in _STRUCT.finditer(text):
        body = text[match.end():match.end() + 2000].partition("};")[0]
        if name := _NAME.search(body):
            yield match.group(1), name.group(1)[:MOST_NAME]
