# SPDX-License-Identifier: GPL-2.0-or-later
"""The heads of trees, looked at before a series is judged on them, and the record of their tests.

A head is built, booted and tested by a job without a series. One that does not build or boot
judges nobody: the last one that did is taken, or series wait. A test that does not end alike on
one tree blames nobody until it has ended alike so often as NIPA asks (fifteen times).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.farm.health import RUNS, Seen
from harness.farm.jobs import BASE, Spec
from harness.model import Status
from harness.trees import known

# One script, to be added to the steps of a ledger.
STEP = """create table base (key text primary key, tree text not null, head text not null,
     state text not null, words text not null default '', tries integer not null default 0,
     after real not null default 0, at real not null);
   create index base_tree on base (tree, at);
   create table record (tree text not null, test text not null, ends text not null,
     primary key (tree, test))"""
ASKED, RUNNING, GOOD, BAD, UNKNOWN = "asked", "running", "good", "bad", "unknown"
_COLUMNS = "key, tree, head, state, words, tries, after, at"
_ENDS = {Status.PASS: "P", Status.XFAIL: "P", Status.FLAKY: "U"}
MOST_TESTS = 20_000  # of a tree, in its record
MOST_TOLD = 500  # unsteady tests that a job is told of


@dataclass(frozen=True, slots=True)
class Head:
    """A commit of a tree. ``words``: why it is bad, or is not known to be good."""

    key: str
    tree: str
    head: str
    state: str
    words: str
    tries: int
    after: float
    at: float

    @property
    def spec(self) -> Spec:
        """The job that looks at it."""
        return _spec(self.tree, self.head)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a series is judged on: its spec, and what is said of that; or why it waits."""

    spec: Spec | None
    words: str = ""


def plain(tree: str) -> str:
    """The name of a tree of which a good commit was taken."""
    return re.sub(r"@[0-9a-f]{40}$", "", tree)


def _moves(tree: str) -> bool:
    """Whether a tree is the user's own without a revision, so that it can be given one."""
    return "@" not in tree and known(tree) is None


def _spec(tree: str, head: str) -> Spec:
    return Spec("", BASE, (tree,), commits=(head,))


class Bases:
    """The rows of heads and records in an open ledger; every change is one transaction."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    def see(self, heads: Mapping[str, str], now: float) -> tuple[Head, ...]:
        """Ask for the heads that nobody has looked at; returns those that are new."""
        fresh = []
        for tree, head in heads.items():
            key = _spec(tree, head).key
            with self._file:
                new = self._file.execute(
                    "insert or ignore into base (key, tree, head, state, at) "
                    "values (?, ?, ?, ?, ?)", (key, tree, head, ASKED, now)).rowcount > 0
            fresh += [self.head(key)] if new else []
        return tuple(h for h in fresh if h is not None)

    def head(self, key: str) -> Head | None:
        """A head by the key of its job; None: that is no job of a head."""
        rows = self._rows("where key = ?", key)
        return rows[0] if rows else None

    def newest(self) -> tuple[Head, ...]:
        """The newest head of each tree, by name."""
        return self._rows("where at = (select max(at) from base b where b.tree = base.tree) "
                          "group by tree order by tree")

    def asked(self, now: float, most: int) -> tuple[Head, ...]:
        """Heads that are to be looked at now."""
        return self._rows("where state = ? and after <= ? order by at limit ?", ASKED, now,
                          max(0, most))

    def last_good(self, tree: str) -> str:
        """The newest commit of a tree that builds and boots; "": none is known."""
        rows = self._rows("where tree = ? and state = ? order by at desc limit 1", tree, GOOD)
        return rows[0].head if rows else ""

    def _rows(self, where: str, *words: object) -> tuple[Head, ...]:
        return tuple(Head(*row) for row in self._file.execute(
            f"select {_COLUMNS} from base {where}", words))  # noqa: S608  (our own words)

    def set(self, key: str, **columns: object) -> None:
        """Change what is known of a head."""
        words = ", ".join(f"{name} = ?" for name in columns)
        with self._file:
            self._file.execute(f"update base set {words} where key = ?",  # noqa: S608
                               (*columns.values(), key))

    def recover(self) -> None:
        """What was being looked at when the last process ended is asked for again."""
        with self._file:
            self._file.execute("update base set state = ? where state = ?", (ASKED, RUNNING))

    # Records of tests

    def keep(self, seen: Seen) -> None:
        """Add to the record of each test how it ended on the base."""
        with self._file:
            for test, end in seen.ends:
                self._file.execute(
                    "insert into record values (?, ?, ?) on conflict (tree, test) do update "
                    "set ends = substr(ends || excluded.ends, ?)",
                    (seen.tree, test, _ENDS.get(end, "F"), -RUNS))
            self._file.execute(
                "delete from record where tree = ? and rowid not in (select rowid from record "
                "where tree = ? order by rowid desc limit ?)", (seen.tree, seen.tree, MOST_TESTS))

    def unsteady(self, trees: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """The tests that did not end alike on one of these trees, and what was seen of each."""
        found = {}
        for tree in trees:
            for test, ends in self._file.execute(
                    "select test, ends from record where tree = ? order by test", (tree,)):
                if "U" in ends or {"P", "F"} <= set(ends):
                    found[test] = (f"on {tree} it failed in {len(ends) - ends.count('P')} of its "
                                   f"last {len(ends)} runs without a series")
        return tuple(found.items())[:MOST_TOLD]


def ready(spec: Spec, heads: Mapping[str, str], bases: Bases) -> Ready:
    """What a job that builds is done on: the trees whose heads are good, or their last good ones.

    A head of which nothing could be known, or that is not there, is no reason to wait: a series is
    compared with its own base in any case.
    """
    trees: list[str] = []
    said: list[str] = []
    instead: list[str] = []  # of that, what is to be said of a verdict too
    for tree in spec.trees:
        head = bases.head(_spec(tree, heads[tree]).key) if tree in heads else None
        if head is None or head.state in {GOOD, UNKNOWN}:
            trees.append(tree)
        elif head.state != BAD:
            # A later tree does not come first because it is known: this one may be it.
            return Ready(None, "; ".join((*said, f"the head of {tree} is looked at first")))
        elif _moves(tree) and (good := bases.last_good(tree)):
            trees.append(f"{tree}@{good}")
            instead.append(f"on {good[:12]}, for {head.head[:12]} of {tree} {head.words}")
            said.append(instead[-1])
        else:
            said.append(f"waits, for {head.head[:12]} of {tree} {head.words}")
    if not trees:
        return Ready(None, "; ".join(said))
    return Ready(replace(spec, trees=tuple(trees), unsteady=bases.unsteady(spec.trees)),
                 "; ".join(instead))
