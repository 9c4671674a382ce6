# SPDX-License-Identifier: GPL-2.0-or-later
"""The lists of a Kbuild Makefile, read as text. Pure.

Conditions are those of ``ifdef CONFIG_X`` and its like; variables and the functions that lists
are made with (addprefix, addsuffix, patsubst, sort, strip) are expanded as GNU make's manual says
in "Functions for String Substitution"; what else make can compute is left as it stands.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

MOST_TEXT = 1 << 20  # bytes of one Makefile
MOST_EXPANDED = 4000  # words of one list
MOST_WORD = 4096  # characters of one, as of a path
MOST_WORK = 200_000  # words that are made for one folder's Makefile
DEPTH = 12  # of variables in variables, and of includes

Read = Callable[[str], str | None]
Way = frozenset[tuple[str, bool]]  # symbols (without CONFIG_) and whether each is set

_CONDITION = re.compile(r"\s*(ifeq|ifneq|ifdef|ifndef|else|endif)\b(.*)")
_SUBST = r"\$\(subst\s+(?:m,y|y,\$\(\w+\)),\s*\$\(\w+\)\)"  # m counts as y, y as another
_ASSIGN = re.compile(rf"\s*([\w-]+{_SUBST}|[\w.$()/-]+?)\s*(?:\+|:|\?|::)?=\s*(.*)")
_INCLUDE = re.compile(r"\s*-?s?include\s+(.+)")
SYMBOL = re.compile(r"CONFIG_(\w+)")
_CALL = re.compile(r"(addprefix|addsuffix|patsubst|sort|strip)\s+(.*)")
_VARIABLE = re.compile(r"\$\(([\w-]+)\)")
_REFERENCE = re.compile(r"\$\(([\w-]+)(?::([^()=\s]*)=([^()\s]*))?\)")  # also $(list:.c=.o)
_IF_SET = re.compile(r"([\w-]*)\$\(CONFIG_(\w+)\)")
_ALWAYS: Way = frozenset()
Word = tuple[str, Way]
# Makefiles of architectures that come in two widths set BITS and export it.
_BITS: tuple[Word, ...] = (("64", frozenset({("64BIT", True)})),
                           ("32", frozenset({("64BIT", False)})))


@dataclass(frozen=True, slots=True)
class Row:
    """``target += words`` under the conditions around it."""

    target: str
    words: tuple[str, ...]
    conditions: Way


@dataclass
class Reader:
    """What is known while one Makefile, with those that it includes, is read."""

    read: Read
    src: str  # the folder that make is in, also where a Makefile is included from elsewhere
    left: Iterator[int]  # one for each file that may still be read
    values: dict[str, list[Word]] = field(default_factory=lambda: {"BITS": list(_BITS)})
    work: int = MOST_WORK

    def rows(self, path: str, outer: Way = _ALWAYS, depth: int = DEPTH) -> Iterator[Row]:
        """The assignments of a Makefile, and of those that it includes from the tree."""
        text = self.read(path) if depth and next(self.left, None) is not None else None
        stack: list[Way] = []
        for line in _logical(text or ""):
            if match := _CONDITION.match(line):
                _condition(stack, match.group(1), match.group(2))
            elif match := _ASSIGN.match(line):
                yield from self._assigned(match.group(1), match.group(2), outer.union(*stack))
            elif match := _INCLUDE.match(line):
                for word, way in self._expanded(match.group(1)):
                    place = re.sub(r"\$\((?:srctree|abs_srctree)\)/?", "", word)
                    place = re.sub(r"\$\((?:src|obj)\)", self.src, place)
                    yield from self.rows(posixpath.normpath(place), outer.union(way, *stack),
                                         depth - 1)

    def _assigned(self, target: str, text: str, way: Way) -> Iterator[Row]:
        """The rows of one assignment: one for each set of conditions among its words.

        A word that is one variable stays: that may be added to further down.
        """
        found: dict[Way, list[str]] = {way: []}
        for piece in _split(text, str.isspace):
            for word, more in ([(piece, _ALWAYS)] if _VARIABLE.fullmatch(piece) else
                               self._expanded(piece)):
                found.setdefault(way | more, []).append(word)
        # What a-$(CONFIG_B) has is in a-y where B is set.
        only = _IF_SET.fullmatch(target)
        more = frozenset({(only.group(2), True)}) if only else _ALWAYS
        known = self.values.setdefault(f"{only.group(1)}y" if only else target, [])
        for conditions, words in found.items():
            known += [(w, conditions | more) for w in words]
            yield Row(target, tuple(words), conditions)
        del known[MOST_EXPANDED:]

    def _expanded(self, text: str, depth: int = DEPTH) -> list[Word]:
        """The words of a list, each with the conditions of the variables that it is made of."""
        found: list[Word] = []
        for piece in _split(text, str.isspace):
            made = [("", _ALWAYS)]
            for part in _parts(piece):
                values = self._values(part, depth)
                made = self._some((a + b, x | y) for a, x in made for b, y in values
                                  if len(a + b) < MOST_WORD)
            found += made
        return found[:MOST_EXPANDED]

    def _values(self, part: str, depth: int) -> list[Word]:
        """What a variable or a call stands for; itself where that is not known."""
        if part.startswith("$(") and part.endswith(")") and depth and self.work > 0:
            if call := _CALL.fullmatch(part[2:-1]):
                return self._called(call.group(1), _split(call.group(2), ",".__eq__), depth - 1)
            if (variable := _REFERENCE.fullmatch(part)) and (
                    values := self.values.get(variable.group(1))):
                words = self._some((w, x | y) for value, x in values
                                   for w, y in self._expanded(value, depth - 1))
                old, new = variable.group(2), variable.group(3)
                if old is None:
                    return words
                if "%" not in old:
                    old, new = f"%{old}", f"%{new}"
                return [(_renamed(w, old, new), x) for w, x in words]
        return [(part, _ALWAYS)]

    def _some(self, words: Iterator[Word]) -> list[Word]:
        found = list(itertools.islice(words, min(MOST_EXPANDED, max(self.work, 1))))
        self.work -= len(found)
        return found

    def _called(self, name: str, args: list[str], depth: int) -> list[Word]:
        words = self._expanded(args[-1], depth)
        first = self._expanded(args[0], depth)[:1] if len(args) > 1 else []
        fix, more = first[0] if first else ("", _ALWAYS)
        if name == "addprefix":
            return [(fix + w, more | x) for w, x in words]
        if name == "addsuffix":
            return [(w + fix, more | x) for w, x in words]
        if name == "patsubst" and len(args) == 3:
            return [(_renamed(w, args[0].strip(), args[1].strip()), x) for w, x in words]
        return words  # the order and the blanks do not matter


def _renamed(word: str, old: str, new: str) -> str:
    """A word by the patterns of ``$(patsubst old,new,word)``."""
    head, _, tail = old.partition("%")
    if len(word) < len(head + tail) or not (word.startswith(head) and word.endswith(tail)):
        return word
    return new.replace("%", word[len(head):len(word) - len(tail)], 1)


def _split(text: str, ends: Callable[[str], bool]) -> list[str]:
    """The parts of a text between separators that are outside of ``$(...)``."""
    found, part, depth = [], "", 0
    for char in text:
        depth += (char == "(") - (char == ")" and depth > 0)
        if not depth and ends(char):
            found.append(part)
            part = ""
        else:
            part += char
    return [p for p in (*found, part) if p or not ends(" ")]


def _parts(piece: str) -> Iterator[str]:
    """A word as its variables and calls and what is between them."""
    at = 0
    while (start := piece.find("$(", at)) >= 0:
        depth = 0
        for end in range(start + 1, len(piece)):
            depth += (piece[end] == "(") - (piece[end] == ")")
            if not depth:
                break
        else:
            break  # never closed
        if start > at:
            yield piece[at:start]
        yield piece[start:end + 1]
        at = end + 1
    if at < len(piece):
        yield piece[at:]


def _asked(word: str, rest: str) -> Way:
    """The symbols that a condition asks for; what it cannot say counts as met."""
    names = SYMBOL.findall(rest)
    wanted = word in {"ifdef", "ifeq"}
    if word in {"ifeq", "ifneq"} and re.search(r"\(\s*,|,\s*\)|\"\"|''", rest):
        wanted = not wanted  # compared with nothing
    return frozenset((name, wanted) for name in names)


def _logical(text: str) -> Iterator[str]:
    text = text[:MOST_TEXT].replace("\\\n", " ")
    text = re.sub(r"\$\{(\w+)\}", r"$(\1)", text)
    # A part that is a module counts as built in: ixgbe-$(CONFIG_FCOE:m=y) += ixgbe_fcoe.o
    for line in re.sub(r"\$\((CONFIG_\w+):m=y\)", r"$(\1)", text).split("\n"):
        yield line.partition("#")[0].rstrip()


def _condition(stack: list[Way], word: str, rest: str) -> None:
    if word == "endif":
        if stack:
            stack.pop()
    elif word != "else":
        stack.append(_asked(word, rest))
    elif stack:
        # The other branch of one symbol is its opposite; of several nobody can tell.
        old = stack.pop()
        turned = frozenset((n, not v) for n, v in old) if len(old) == 1 else frozenset()
        again = re.match(r"\s*(ifeq|ifneq|ifdef|ifndef)\b(.*)", rest)
        stack.append(turned | (_asked(*again.groups()) if again else frozenset()))
