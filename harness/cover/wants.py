# SPDX-License-Identifier: GPL-2.0-or-later
"""What a configuration must have so that the lines that a series changes are compiled. Pure."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.clean import one_line
from harness.cover import elsewhere, headers
from harness.cover.elsewhere import Mentions
from harness.cover.gates import Makefiles, shortest
from harness.cover.makefile import Way
from harness.csource import blocks
from harness.evidence import Changed, FileKind, kind_of

MOST_USERS = 12  # files that include a header which are tried
MOST_WAYS = 16
MOST_OBJECTS = 40  # of one Makefile
MOST_WANTS = 400  # of one series
SOURCES = (".c", ".S", ".rs")
NO_MAKEFILE = "no Makefile mentions it"
_MACRO = re.compile(r"\b(?!CONFIG_|if|ifdef|ifndef|defined|elif|the|other|branch|of\b)[A-Z_]\w+")
NOBODY = "no file that this architecture builds includes it"


@dataclass(frozen=True, slots=True)
class Want:
    """What one file, or some of its lines, wait for: alternatives, or why none is known.

    ``lines``: () is the file itself; lines that go are negative. ``sources``: for a header, files
    that include it.
    """

    path: str
    lines: tuple[int, ...]
    ways: tuple[Way, ...]
    reason: str = ""
    sources: tuple[str, ...] = ()

    def met(self, config: Mapping[str, str]) -> bool:
        """Whether a configuration (``CONFIG_X`` to its value) has it already."""
        return any(all((config.get(f"CONFIG_{n}", "n") not in {"n", ""}) is on for n, on in way)
                   for way in self.ways)


@dataclass(frozen=True, slots=True)
class Users:
    """The sources that include a header, the nearest first; ``compiled``: they are as it is.

    ``carriers``: the headers that include it themselves.
    """

    sources: tuple[str, ...] = ()
    compiled: bool = False
    carriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trees:
    """How files of the tree are read, before and after the series, and who includes a header.

    ``mentions`` gives the Makefiles that have the name of a file in them.
    """

    old: Makefiles
    new: Makefiles
    users: Callable[[str], Users]
    mentions: Mentions
    srcarch: str

    def ways(self, tree: Makefiles, path: str) -> tuple[Way, ...]:
        """What has to be set so that make builds a source file."""
        return elsewhere.ways(tree, path, self.mentions, self.srcarch)


def wants(files: Iterable[Changed], trees: Trees, config: Mapping[str, str]) -> tuple[Want, ...]:
    """What each file and each of its conditional regions with changed lines waits for."""
    rows = (want for item in files for want in _of(item, trees, config))
    return tuple(itertools.islice(rows, MOST_WANTS))


def _of(item: Changed, trees: Trees, config: Mapping[str, str]) -> Iterator[Want]:
    kind = kind_of(item.path)
    tree = trees.new if item.after is not None else trees.old
    if kind is FileKind.MAKEFILE:
        yield from _makefile(item, trees, tree)
        return
    users = Users()
    if kind in {FileKind.HEADER, FileKind.UAPI}:
        users = trees.users(item.path)
        found, reason = _through(item.path, users, trees, (tree, config)), NOBODY
    elif kind is FileKind.CODE or (kind is FileKind.OTHER and item.path.endswith(".rs")):
        found, reason = trees.ways(tree, item.path), NO_MAKEFILE
        if not found:  # kernel/sched/isolation.c is included by build_utility.c
            users = trees.users(item.path)
            found = _through(item.path, users, trees, (tree, config))
    else:
        return
    yield Want(item.path, (), found, "" if found else reason, users.sources[:MOST_USERS])
    if found:
        yield from _regions(item, found, config)
        yield from _for_one_user(item, users, trees, tree)


def _regions(item: Changed, found: tuple[Way, ...], config: Mapping[str, str]) -> Iterator[Want]:
    assembler = item.path.endswith(".S")
    for sign, text, lines in ((1, item.after, item.come), (-1, item.before, item.gone)):
        rows = blocks.around(text or "", lines) if lines else {}
        for asked, numbers in rows.items():
            ways = blocks.ways(asked, config, assembler=assembler)
            both = _with(found, ways)
            words = " and ".join(map(str, asked))
            yield Want(item.path, tuple(sign * n for n in numbers), both,
                       "" if both else one_line(f"no setting gives {words}", 300))


def _for_one_user(item: Changed, users: Users, trees: Trees, tree: Makefiles) -> Iterator[Want]:
    """Lines that wait for a macro which only some of the files that include this one define.

    kernel/locking/spinlock_rt.c defines RT_MUTEX_BUILD_SPINLOCKS and includes rtmutex.c.
    """
    waiting: dict[str, list[int]] = {}
    for number, words in blocks.innermost(item.after or "", item.come).items():
        for name in _MACRO.findall(words):
            waiting.setdefault(name, []).append(number)
    for name, lines in waiting.items():
        define = re.compile(rf"^[ \t]*#[ \t]*define[ \t]+{name}\b", re.MULTILINE)
        ways = {way: None for user in users.sources[:MOST_USERS] if user.endswith(SOURCES)
                and define.search(tree.read(user) or "") for way in trees.ways(tree, user)}
        if ways:
            yield Want(item.path, tuple(lines), shortest(ways)[:MOST_WAYS])


def _with(found: Iterable[Way], more: Iterable[blocks.Way]) -> tuple[Way, ...]:
    both = (way | frozenset(extra) for extra in more for way in found)
    sound = (w for w in both if not any((n, not on) in w for n, on in w))
    return tuple(itertools.islice(dict.fromkeys(sound), MOST_WAYS))


def _through(path: str, users: Users, trees: Trees, known: tuple[Makefiles, Mapping[str, str]],
             ) -> tuple[Way, ...]:
    """The ways to the files that include a file, with what the directive itself waits for."""
    if users.compiled:
        return (frozenset(),)
    tree, config = known
    # Where every header on the way has it below a condition, that is waited for too.
    more = tuple(way for c in users.carriers
                 for way in _directive(path, c, tree.read(c) or "", config))
    if not users.carriers or () in more:
        more = ((),)
    ways = {way: None for user in users.sources[:MOST_USERS] if user.endswith(SOURCES)
            for way in _with(trees.ways(tree, user), _by(path, user, tree, config, more))}
    return shortest(ways)[:MOST_WAYS]


def _by(path: str, user: str, tree: Makefiles, config: Mapping[str, str],
        more: tuple[blocks.Way, ...]) -> tuple[blocks.Way, ...]:
    """What a source waits for to see a header: its own directive's condition, or the carriers'."""
    text = tree.read(user) or ""
    return _directive(path, user, text, config) if headers.includes(user, text, path) else more


def _directive(path: str, user: str, text: str, config: Mapping[str, str],
               ) -> tuple[blocks.Way, ...]:
    """What the directives wait for by which a file includes another; (): one of them, nothing."""
    lines = [n for n, row in enumerate(text.split("\n"), 1) if "include" in row
             and headers.includes(user, row, path)]
    rows = blocks.around(text, lines)
    if len(lines) > sum(map(len, rows.values())) or not lines:
        return ((),)  # without a condition, or by way of another header
    return tuple(way for asked in rows for way in blocks.ways(asked, config))


# None that begins with a variable: only make knows where that is.
_OBJECT = re.compile(r"(?<![\w./+)-])(?:\$\((?:obj|src)\)/)?((?:\.\./)*\w[\w./+-]*\.o)\b")


def _makefile(item: Changed, trees: Trees, tree: Makefiles) -> Iterator[Want]:
    """The objects of changed lines; a Makefile that has none waits for its folder."""
    folder = posixpath.dirname(item.path)
    rows = (item.after or "").split("\n")  # on newlines alone: git counts no form feeds
    lines = [rows[n - 1] for n in item.come if n <= len(rows)]
    objects = dict.fromkeys(o for line in lines for o in _OBJECT.findall(line.partition("#")[0]))
    ways = [(o, trees.ways(tree, _source(folder, o)))
            for o in itertools.islice(objects, MOST_OBJECTS)]
    known = [row for row in ways if row[1]]
    for name, found in known:
        yield Want(item.path, (), found, sources=(_source(folder, name),))
    if not known and (found := tree.entered(folder)):
        others = dict.fromkeys(o for row in rows for o in _OBJECT.findall(row.partition("#")[0]))
        yield Want(item.path, (), found, sources=tuple(
            _source(folder, name) for name in itertools.islice(others, MOST_USERS)))


def _source(folder: str, name: str) -> str:
    """A source whose object has this name in a folder; make may have made it of several."""
    return posixpath.normpath(posixpath.join(folder, f"{name.removesuffix('.o')}.c"))
