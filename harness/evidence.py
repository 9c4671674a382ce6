# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence: for each file that a series touches, how it was looked at and how not. Pure.

The promise that rests on it: nothing is green that was not looked at. ``Verdict.PASS`` needs a
file list without gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

Place = tuple[str, int]  # a line of a file of the tree


class Look(StrEnum):
    """A way of looking at a file, in the order in which a run does them."""

    LINTED = "linted"
    COMPARED = "compared"  # as a header that userspace sees, in one ABI
    COMPILED = "compiled"
    UNCHANGED = "unchanged"  # the change cannot change what is built
    BOOTED = "booted"
    TESTED = "tested"


class FileKind(StrEnum):
    """The kind of a file in a kernel tree; it decides which ways of looking apply."""

    DOCUMENT = "document"
    CODE = "code"  # C or assembler of the kernel
    HEADER = "header"
    UAPI = "uapi-header"
    KCONFIG = "kconfig"
    MAKEFILE = "makefile"
    TOOL = "tool"  # below tools/ or samples/: not part of the kernel
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Lost:
    """Code of which nothing can be said, and why: a file or an object, and a line; 0: all of it."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        """``path:line: why``."""
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.why}"


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at a file; ``where`` is an ABI, an architecture, a configuration or a test set."""

    look: Look
    where: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A look that applies to a file and did not happen; ``hint`` is the next step."""

    look: Look
    reason: str
    hint: str = ""


class LineState(StrEnum):
    """What became of a changed line of the kernel."""

    COMPILED = "compiled"
    NOT_CODE = "not-code"  # a comment, a blank, or a condition of the preprocessor
    NOT_COMPILED = "not-compiled"


class Ran(StrEnum):
    """Whether the kernel with the series has executed a line."""

    TESTS = "tests"  # some of the tests have
    BOOT = "boot"  # a boot that runs no test has: nothing is known of the tests
    NOT = "not-executed"
    UNKNOWN = "unknown"  # no instruction is that line's own
    UNASKED = ""  # nobody asked, or it is in no kernel that was booted


SAID = frozenset({Ran.TESTS, Ran.BOOT, Ran.NOT})  # where it is known of a line whether it ran


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a series brings; ``why``: in which builds it is, or why in none.

    ``by``: the tests, by group, that have executed it. ``defended``: whether wrong versions of it
    are noticed, and ``defence`` by what, or which is not; None: no proof says so.
    """

    number: int
    state: LineState
    why: str = ""
    text: str = ""
    ran: Ran = Ran.UNASKED
    by: tuple[str, ...] = ()
    defended: bool | None = None
    defence: str = ""


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """All that is known of one file."""

    path: str
    kind: FileKind
    seen: tuple[Sight, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lines: tuple[Line, ...] = ()

    def has(self, look: Look) -> bool:
        """Whether it was looked at in this way."""
        return any(s.look is look for s in self.seen)


_DOCUMENTS = re.compile(
    r"^(?:Documentation|LICENSES)/|(?:^|/)(?:MAINTAINERS|CREDITS|COPYING|README[^/]*|TODO)$|"
    r"(?:^|/)\.(?:gitignore|mailmap|gitattributes|clang-format|editorconfig|cocciconfig)$|"
    r"\.rst$")
_UAPI = re.compile(r"^(?:include/uapi/|arch/[^/]+/include/uapi/).*\.h$")
_MAKEFILE = re.compile(r"(?:^|/)(?:Makefile|Kbuild|Makefile\.[\w.-]+|[\w.-]+\.mk|Kbuild\.[\w.-]+)$")


def kind_of(path: str) -> FileKind:
    """The kind of a file, by its path in the tree."""
    name = path.rpartition("/")[2]
    if path.startswith(("tools/", "samples/")):
        return FileKind.DOCUMENT if _DOCUMENTS.search(path) else FileKind.TOOL
    if _UAPI.match(path):
        return FileKind.UAPI
    if name.startswith("Kconfig"):
        return FileKind.KCONFIG
    # dt-bindings are YAML, and Documentation/ has a few Makefiles of its own
    if _DOCUMENTS.search(path):
        return FileKind.DOCUMENT
    if name.endswith((".c", ".S")) and not path.startswith(("scripts/", "usr/")):
        return FileKind.CODE
    if _MAKEFILE.search(path):
        return FileKind.MAKEFILE
    return FileKind.HEADER if name.endswith(".h") else FileKind.OTHER


def arch_of(path: str) -> str:
    """The folder below arch/ that a file is in; "" for what all architectures share.

    arch/x86/um is User Mode Linux's: no other kernel has anything of it.
    """
    parts = path.split("/")
    if parts[0] != "arch" or len(parts) < 3:
        return ""
    return "um" if parts[2] == "um" and len(parts) > 3 else parts[1]


BUILT = frozenset({FileKind.CODE, FileKind.HEADER, FileKind.UAPI, FileKind.KCONFIG,
                   FileKind.MAKEFILE})
RUN = frozenset({FileKind.CODE, FileKind.HEADER, FileKind.UAPI})

COMMENT = re.compile(
    r'/\*.*?(?:\*/|\Z)|//(?:[^\\\n]|\\.|\\\n)*|"(?:\\.|[^"\\\n])*"|'
    r"'(?:\\.|[^'\\\n])*'", re.DOTALL)


_HIDDEN = {ord(" "): "\x01", ord("\t"): "\x02", ord("\f"): "\x03", ord("\v"): "\x04"}


def bare_code(text: str) -> str:
    """C without comments and without blanks that mean nothing: equal results, equal code.

    Lines stay apart in directives, where they have a meaning.
    """
    # Blanks in quotes count: they are hidden from the split below.
    text = COMMENT.sub(lambda m: " " if m.group().startswith("/") else
                        m.group().translate(_HIDDEN), _JOINED.sub("", text))
    rows: list[str] = []
    for row in text.split("\n"):
        words = " ".join(row.split())
        if words.startswith("#") or (rows and rows[-1].startswith("#")) or not rows:
            rows.append(words)
        else:
            rows[-1] = f"{rows[-1]} {words}".strip()
    return "\n".join(r for r in rows if r)


def same_code(path: str, before: str | None, after: str | None) -> bool:
    """Whether a file of C, assembler or Kconfig differs only in comments and blanks."""
    if before is None or after is None:
        return False
    kind = kind_of(path)
    if path.endswith((".c", ".h")):
        return bare_code(before) == bare_code(after)
    if kind in {FileKind.KCONFIG, FileKind.MAKEFILE} and not path.endswith((".S", ".h", ".lds")):
        return _without_hashes(before) == _without_hashes(after)
    return False


@dataclass(frozen=True, slots=True)
class Changed:
    """A file of the series: its texts, and the lines that differ; None: not there."""

    path: str
    before: str | None
    after: str | None
    gone: tuple[int, ...]
    come: tuple[int, ...]

    @property
    def same(self) -> bool:
        """Whether only comments and blanks differ."""
        return same_code(self.path, self.before, self.after)


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """The evidence of one build about one file.

    ``objects``: how many were made with it; ``same``: all of them are as they were before the
    series, and no changed line was left out; ``off``: changed lines that the configuration leaves
    out, with the condition (those that go are negative); ``lines``: changed lines of code that a
    preprocessor left in.
    """

    path: str
    objects: int
    same: bool = False
    off: tuple[tuple[int, str], ...] = ()
    lines: tuple[int, ...] = ()


_JOINED = re.compile(r"\\[ \t]*\n")


def _without_hashes(text: str) -> list[str]:
    if "\\\n" in text:  # a comment may join lines, and a blank one end a list
        return text.splitlines()
    return [row.rstrip() for row in text.splitlines()
            if row.strip() and not row.lstrip().startswith("#")]


def plural(number: int, word: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def few(names: Sequence[str], most: int = 4) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def runs(numbers: Iterable[int]) -> Iterable[str]:
    """Numbers as runs: 318-330, 340."""
    rows: list[list[int]] = []
    for number in sorted(numbers):
        if rows and number == rows[-1][1] + 1:
            rows[-1][1] = number
        else:
            rows.append([number, number])
    return (f"{a}-{b}" if b > a else str(a) for a, b in rows)
