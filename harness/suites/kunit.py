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
_CASES = re.compile(r"\bstruct\s+kunit_case\s+(\w+)\s*\[\s*\]\s*\w*\s*=\s*\{[^;]{0,2000}?"
                    r"\bKUNIT_CASE\w*\s*\(\s*(\w+)")
_FIELD = re.compile(r"\.(suite_init|init|test_cases)\s*=\s*(\w+)")
_NAME = re.compile(r"\.name\s*=\s*\"([^\"\\\n]{1,200})\"")


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite, the file that registers it, and the line where it does.

    ``name`` is "" where the file computes it; ``begins``: the functions of which one runs first.
    """

    name: str
    path: str
    line: int
    begins: tuple[str, ...] = ()


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
                name, begins = names.get(variable, ("", ()))
                yield Suite(name, path, line, begins)


def _structs(text: str) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """Each suite's variable, its name, and the functions of which one runs first."""
    cases = {m.group(1): m.group(2) for m in _CASES.finditer(text)}
    for match in _STRUCT.finditer(text):
        body = text[match.end():match.end() + 2000].partition("};")[0]
        if name := _NAME.search(body):
            found = dict(_FIELD.findall(body))
            first = (found.get("suite_init"), found.get("init"),
                     cases.get(found.get("test_cases", "")))
            yield match.group(1), (name.group(1)[:MOST_NAME], tuple(filter(None, first)))
