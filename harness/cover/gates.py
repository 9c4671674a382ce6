# SPDX-License-Identifier: GPL-2.0-or-later
"""The CONFIG symbols that an object of the kernel waits for, by its Kbuild Makefiles. Pure.

Documentation/kbuild/makefiles.rst: ``obj-$(CONFIG_X) += a.o`` builds an object, ``a-y := b.o c.o``
makes one of several, ``obj-$(CONFIG_Y) += dir/`` descends. Makefiles are read as text: what only
make can tell (functions, variables that are computed) is not seen, and a condition of it counts
as met. So an answer is what has to be set, as far as can be read; make has the last word.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

MOST_TEXT = 1 << 20  # bytes of one Makefile
MOST_FILES = 400  # Makefiles for one object
MOST_WORDS = 500_000  # of lists that are looked through for one object
MOST_WAYS = 16  # alternatives that are followed
DEPTH = 12  # objects of objects, and includes of includes

Read = Callable[[str], str | None]
Way = frozenset[tuple[str, bool]]  # symbols (without CONFIG_) and whether each is set

_CONDITION = re.compile(r"\s*(ifeq|ifneq|ifdef|ifndef|else|endif)\b(.*)")
_SUBST = r"\$\(subst\s+m,y,\s*\$\(\w+\)\)"  # m counts as y
_ASSIGN = re.compile(rf"\s*([\w-]+{_SUBST}|[\w.$()/-]+?)\s*(?:\+|:|\?|::)?=\s*(.*)")
_INCLUDE = re.compile(r"\s*-?s?include\s+(\S+)")
_SYMBOL = re.compile(r"CONFIG_(\w+)")
_LIST = re.compile(r"(.*?)(?:-objs)?-?(?:\$\((?:subst\s+m,y,\s*\$\()?CONFIG_(\w+)\)?\)|y|m|objs|"
                   r"\$\([^()$]*\))")
_PREFIX = re.compile(r"\$\(addprefix\s([^,()]*),\s*([^()]*)\)")
# Lists of make's own, which are linked into the kernel or built as modules.
_LISTS = frozenset({"obj", "lib", "extra", "always", "subdir", "targets"})
# Those of the top Makefile and of arch/*/Makefile; elsewhere an object may be called like that.
_TOP_LISTS = _LISTS | {"libs", "core", "drivers", "net", "head", "init", "virt"}
# Folders that the top Makefile descends into by itself.
_TOPS = frozenset({"init", "usr", "kernel", "certs", "mm", "fs", "ipc", "security", "crypto",
                   "block", "io_uring", "lib", "drivers", "sound", "net", "virt", "rust"})


@dataclass(frozen=True, slots=True)
class Row:
    """``target += words`` under the conditions around it."""

    target: str
    words: tuple[str, ...]
    conditions: Way


def _asked(word: str, rest: str) -> Way:
    """The symbols that a condition asks for; what it cannot say counts as met."""
    names = _SYMBOL.findall(rest)
    wanted = word in {"ifdef", "ifeq"}
    if word in {"ifeq", "ifneq"} and re.search(r"\(\s*,|,\s*\)|\"\"|''", rest):
        wanted = not wanted  # compared with nothing
    return frozenset((name, wanted) for name in names)


def _logical(text: str, bits: str = "64") -> Iterator[str]:
    text = text[:MOST_TEXT].replace("\\\n", " ").replace("$(BITS)", bits)
    for line in re.sub(r"\$\{(\w+)\}", r"$(\1)", text).split("\n"):
        yield line.partition("#")[0].rstrip()


def _words(text: str) -> tuple[str, ...]:
    """The words of a list, ``$(addprefix dir/,a.o b.o)`` as make expands it."""
    return tuple(_PREFIX.sub(lambda m: " ".join(
        m.group(1).strip() + w for w in m.group(2).split()), text).split())


def _rows(read: Read, path: str, src: str, left: Iterator[int], depth: int = DEPTH,
          ) -> Iterator[Row]:
    """The assignments of a Makefile, and of those that it includes from the tree.

    ``src``: the folder that make is in, also where the Makefile is included from elsewhere;
    ``left``: one for each file that may still be read.
    """
    text = read(path) if depth and next(left, None) is not None else None
    stack: list[Way] = []
    for line in _logical(text or ""):
        if match := _CONDITION.match(line):
            _condition(stack, match.group(1), match.group(2))
        elif match := _ASSIGN.match(line):
            yield Row(match.group(1), _words(match.group(2)), frozenset().union(*stack))
        elif match := _INCLUDE.match(line):
            place = re.sub(r"\$\((?:srctree|abs_srctree)\)/?", "", match.group(1))
            place = re.sub(r"\$\((?:src|obj)\)", src, place)
            for row in _rows(read, posixpath.normpath(place), src, left, depth - 1):
                yield Row(row.target, row.words, row.conditions.union(*stack))


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


@dataclass
class Makefiles:
    """The Makefiles that were read, each once."""

    read: Read
    known: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    left: Iterator[int] = field(default_factory=lambda: iter(range(MOST_FILES)))
    looked: int = 0  # at words

    def rows(self, folder: str) -> tuple[Row, ...]:
        """The assignments of a folder's Kbuild file, else of its Makefile."""
        if folder not in self.known and len(self.known) < MOST_FILES:
            name = next((n for n in ("Kbuild", "Makefile")
                         if self.read(posixpath.join(folder, n)) is not None), "")
            self.known[folder] = tuple(_rows(self.read, posixpath.join(folder, name), folder,
                                             self.left)) if name else ()
        return self.known.get(folder, ())

    def ways(self, folder: str, name: str, seen: frozenset[str] = frozenset()) -> set[Way]:
        """The conditions under which a folder's Makefile builds an object or enters a folder."""
        found: set[Way] = set()
        if name in seen or len(seen) > DEPTH:
            return found
        for row in self.rows(folder):
            self.looked += 1 + len(row.words)
            if self.looked > MOST_WORDS:
                break
            if not any(_plain(w) == name for w in row.words):
                continue
            match = _LIST.fullmatch(row.target)
            base, symbol = match.groups() if match else (row.target, None)
            way = row.conditions | ({(symbol, True)} if symbol else frozenset())
            if match and base in (_TOP_LISTS if _is_top(folder) else _LISTS):
                found.add(way)
            else:  # part of an object that is made of several, or a list of some of its parts
                parts = (f"{base}.o", f"$({row.target})", *([f"$({base}-y)"] if match else []))
                for part in parts:
                    found |= {way | up for up in self.ways(folder, part, seen | {name})}
            if len(found) >= MOST_WAYS:
                break
        return found

    def whole(self, folder: str, name: str) -> set[Way]:
        """The conditions for what a folder's Makefile lists, with those of the folders above."""
        return _joined(self.ways(folder, name), self.above(folder))

    def above(self, folder: str) -> set[Way]:
        """The conditions under which make enters a folder."""
        if _is_top(folder) or folder in _TOPS:
            return {frozenset()}
        parent, name = posixpath.split(folder)
        found = self.nearest(parent, f"{name}/", name)
        return {frozenset()} if found is None else found

    def nearest(self, folder: str, *names: str) -> set[Way] | None:
        """The conditions of the first Makefile, from a folder upwards, that has one of the names.

        Further up an object is called ``foo/bar.o``. None: no Makefile has it.
        """
        while not (ways := set[Way]().union(*(self.ways(folder, name) for name in names))):
            if not folder:
                return None
            folder, last = posixpath.split(folder)
            names = tuple(f"{last}/{name}" for name in names)
        return _joined(ways, self.above(folder))


def _is_top(folder: str) -> bool:
    return not folder or re.fullmatch(r"arch/[^/]+", folder) is not None


def _plain(word: str) -> str:
    return re.sub(r"^\$\((?:obj|src)\)/", "", word)


def _joined(ways: set[Way], others: set[Way]) -> set[Way]:
    """Each way with each other, but for those that contradict themselves."""
    both = {a | b for a in ways for b in others}
    sound = {w for w in both if not any((n, not v) in w for n, v in w)}
    return set(sorted(sound, key=_length)[:MOST_WAYS])


def _length(way: Way) -> tuple[int, list[tuple[str, bool]]]:
    return len(way), sorted(way)


def gates(read: Read, path: str) -> tuple[Way, ...]:
    """What has to be set so that make builds a source file: alternatives, the shortest first.

    ``read`` gives the text of a file of the tree, or None. Empty: no Makefile names the object.
    """
    found = Makefiles(read).nearest(*posixpath.split(f"{path.rpartition('.')[0]}.o"))
    return shortest(found or ())


def shortest(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Alternatives, those with the fewest symbols first."""
    return tuple(sorted(ways, key=_length))


def entered(read: Read, folder: str) -> tuple[Way, ...]:
    """What has to be set so that make enters a folder."""
    return shortest(Makefiles(read).above(folder))
