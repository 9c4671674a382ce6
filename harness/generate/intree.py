# SPDX-License-Identifier: GPL-2.0-or-later
"""A profile's specs as one self-contained program for a tree's own selftests. Pure.

The library comes first, all of it static, so that nothing meets what the
tree's library is called.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from harness.errors import InputRefusedError, UsageError
from harness.generate.emit import generate_all
from harness.generate.language import language_of
from harness.generate.specs import load_spec
from harness.profiles import Profile, Selftest

_LOCAL = re.compile(r'^#include "[^"]+"\n', re.MULTILINE)
_SYSTEM = re.compile(r"^#include <[^>]+>\n", re.MULTILINE)
_GUARD = re.compile(r"^#(?:ifndef|define) [A-Z_]+_H\n|^#endif\n\Z", re.MULTILINE)
_LICENCE = re.compile(r"^(?:// |/\* )SPDX-License-Identifier:[^\n]*\n")
_PROTOTYPE = re.compile(
    r"^(?!static|typedef)((?:const )?(?:struct )?\w+ \**)(?=\w+\([^;{]*\)[^;{]*;)", re.MULTILINE)


def _stripped(text: str) -> str:
    for pattern in (_LICENCE, _LOCAL, _SYSTEM, _GUARD):
        text = pattern.sub("", text)
    return text.strip("\n")


def _library(profile: Profile) -> str:
    headers = [path.with_suffix(".h") for path in (*profile.library, *profile.sources)]
    headers = [path for path in headers if path.is_file()]
    sources = [*profile.library, *profile.sources]
    texts = {path: path.read_text("utf-8") for path in (*headers, *sources)}
    includes = sorted({i for text in texts.values() for i in _SYSTEM.findall(text)})
    parts = [_PROTOTYPE.sub(r"LOCAL \1", _stripped(texts[path])) for path in headers]
    parts += [_stripped(texts[path]) for path in sources]
    return ("".join(includes) + "\n#define LOCAL static __attribute__((unused))\n\n"
            + "\n\n".join(parts))


def source(profile: Profile) -> str:
    """The C of the whole program."""
    language = language_of(profile)
    specs = tuple(load_spec(path) for path in profile.specs)
    return generate_all(specs, language, profile, _library(profile))


def fit(profile: Profile, read: Callable[[str], bytes | None]) -> tuple[Selftest, str]:
    """The row of the profile that is for this tree, and its Makefile with the line added.

    ``read`` gives a file of the tree, or None.
    """
    if not profile.selftests:
        raise UsageError(f"{profile.folder}/about.toml: no [[selftest]] says where it would go")
    for row in profile.selftests:
        text = (read(row.makefile) or b"").decode("utf-8", "surrogateescape")
        rows = [m.start() for m in re.finditer(row.after, text, re.MULTILINE)]
        if not rows:
            continue
        if row.line in text.splitlines():
            raise InputRefusedError(f"{row.makefile} has the line already: {row.line}")
        text += "" if text.endswith("\n") else "\n"
        end = text.index("\n", rows[-1]) + 1
        return row, f"{text[:end]}{row.line}\n{text[end:]}"
    tried = ", ".join(row.makefile for row in profile.selftests)
    raise InputRefusedError(f"the tree has none of {tried} with a line like "
                            f"{profile.selftests[0].after!r}")



def message(profile: Profile) -> str:
    """The commit message; whoever sends it signs it off."""
    specs = tuple(load_spec(path) for path in profile.specs)
    about = "\n".join(textwrap.fill(f"{spec.about} ({len(spec.tests)})", 70, initial_indent=" * ",
                                    subsequent_indent="   ") for spec in specs)
    return (f"{profile.selftests[0].subject}\n\nOne behaviour per test, each in a process of its "
            "own, with KTAP on\nstandard output. What nobody promised is an XFAIL when it "
            f"differs.\n\n{about}\n\nGenerated from the specs of {profile.name}; the specs are "
            "the source.\n")
