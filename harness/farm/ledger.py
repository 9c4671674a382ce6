# SPDX-License-Identifier: GPL-2.0-or-later
"""What has come in, what is to be done and what was found, in one SQLite file.

One process writes it (``watch`` holds its folder). What is finished is in the file before
anything is told to anybody, so that nothing is lost or done twice wherever it is killed.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.farm import bases
from harness.farm.assemble import Sending

NAME = "ledger.sqlite"
HINT = "move it away: what was found is in the folders beside it"
_FIRST = (
    """create table mail (name text primary key, source text not null, at real not null,
         thread integer not null, data blob);
       create index mail_thread on mail (thread);
       create table tie (key text primary key, thread integer not null);
       create index tie_thread on tie (thread);
       create table unsettled (thread integer primary key);
       create table source (name text primary key, cursor text not null);
       create table series (key text primary key, work text not null, version integer not null,
         total integer not null, title text not null, sender text not null,
         message_id text not null, sent real not null, seen real not null, mails text not null,
         missing text not null, thread integer not null);
       create index series_thread on series (thread);
       create table job (key text primary key, series text not null, spec text not null,
         state text not null, tries integer not null default 0, after real not null default 0,
         queued real not null, began real not null default 0, ended real not null default 0,
         code integer not null default -1, verdict text not null default '',
         words text not null default '', errors integer not null default 0,
         warnings integer not null default 0, tree text not null default '',
         told text not null default '');
       create index job_state on job (state);
       create index job_series on job (series)""")
STEPS = (_FIRST, bases.STEP,
         "alter table job add column priority integer not null default 0")
_SERIES = ("select key, work, version, total, title, sender, message_id, sent, mails, missing "
           "from series {where} order by sent, version")
_JOBS = ("select key, series, spec, state, tries, after, queued, began, ended, code, verdict, "
         "words, errors, warnings, tree, told from job {where} "
         "order by {order}queued, rowid {limit}")
MOST_IN_THREAD = 600  # mails of one thread that are looked at, the newest ones
QUEUED, RUNNING, DONE = "queued", "running", "done"
SUPERSEDED, GIVEN_UP, ELSEWHERE = "superseded", "given up", "elsewhere"  # of another shard


@dataclass(frozen=True, slots=True)
class Job:
    """A row: what is asked of a series, and what came of it."""

    key: str
    series: str
    spec: str
    state: str
    tries: int
    after: float
    queued: float
    began: float
    ended: float
    code: int
    verdict: str
    words: str
    errors: int
    warnings: int
    tree: str
    told: str

    @property
    def outcome(self) -> str:
        """Its verdict, or the state that it is in."""
        return outcome(self.state, self.verdict)


def outcome(state: str, verdict: str) -> str:
    """What is said of a job: the verdict of one that is done, or its state."""
    return verdict if state == DONE else state


class Ledger:
    """The open file. Every method that writes is one transaction."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    # What came in

    def cursor(self, source: str) -> Any:
        """How far a source was read; None: not at all."""
        row = self._file.execute("select cursor from source where name = ?", (source,)).fetchone()
        return json.loads(row[0]) if row else None

    def beginning(self, since: float, now: float) -> tuple[float, float]:
        """From when on mails count, and when the first watch began: as the file was made."""
        with self._file:
            self._file.execute("insert or ignore into source values ('', ?)",
                               (json.dumps([since, now]),))
        first, began = self.cursor("")
        return float(first), float(began)

    def add_mails(self, source: str, cursor: Any, mails: Iterable[tuple[str, Sequence[str], bytes]],
                  now: float) -> None:
        """Keep mails (name, keys, content) and how far the source was read, together.

        Content is b"" for what can be no part of a series. The threads that got a new mail are
        unsettled then; what is known already is no new one.
        """
        fresh = list[int]()
        with self._file:
            for name, keys, data in mails:
                if self._file.execute("select 1 from mail where name = ?", (name,)).fetchone():
                    continue
                done = self._file.execute("insert into mail values (?, ?, ?, ?, ?)", (
                    name, source, now, self._tied(keys), zlib.compress(data, 6) if data else None))
                fresh.append(int(done.lastrowid or 0))
            self._file.executemany(
                "insert or ignore into unsettled select thread from mail where rowid = ?",
                [(row,) for row in fresh])
            self._file.execute("insert or replace into source values (?, ?)",
                               (source, json.dumps(cursor)))

    def _tied(self, keys: Sequence[str]) -> int:
        """The thread of these keys; those that they tie together become one."""
        found = sorted({row[0] for key in keys for row in self._file.execute(
            "select thread from tie where key = ?", (key,))})
        if not found:
            (last,) = self._file.execute(
                "select max((select coalesce(max(thread), 0) from mail), "
                "(select coalesce(max(thread), 0) from tie))").fetchone()
            found = [last + 1]
        thread = int(found[0])
        for other in found[1:]:
            self._file.execute("update tie set thread = ? where thread = ?", (thread, other))
            self._file.execute("update mail set thread = ? where thread = ?", (thread, other))
            self._file.execute("update series set thread = ? where thread = ?", (thread, other))
            self._file.execute("delete from unsettled where thread = ?", (other,))
        self._file.executemany("insert or ignore into tie values (?, ?)",
                               [(key, thread) for key in keys])
        return thread

    def unsettled(self) -> frozenset[int]:
        """The threads that got mails which nobody has looked at."""
        return frozenset(row[0] for row in self._file.execute("select thread from unsettled"))

    def settled(self, thread: int) -> None:
        """A thread was looked at."""
        with self._file:
            self._file.execute("delete from unsettled where thread = ?", (thread,))

    def mails(self, thread: int) -> Iterator[tuple[str, bytes]]:
        """The mails of a thread that can be parts of a series, in the order in which they came."""
        for name, data in self._file.execute(
                "select name, data from (select name, data, at, rowid as n from mail where "
                "thread = ? and data is not null order by at desc, n desc limit ?) "
                "order by at, n", (thread, MOST_IN_THREAD)):
            yield name, zlib.decompress(data)

    def mail(self, name: str) -> bytes:
        """The content of one mail."""
        (data,) = self._file.execute("select data from mail where name = ?", (name,)).fetchone()
        return zlib.decompress(data)

    # What it is

    def put(self, thread: int, found: Sequence[Sending], now: float) -> None:
        """Keep the sendings of a thread: those that are known get what is new of them."""
        with self._file:
            keys = {s.key for s in found}
            for old in self.sendings(thread):
                if old.key not in keys:  # parts that have come make another content of it
                    self._file.execute("delete from series where key = ? and missing != '[]'",
                                       (old.key,))
            for s in found:
                self._file.execute(
                    "insert into series values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                    "on conflict (key) do update set work = excluded.work, "
                    "version = max(version, excluded.version), missing = excluded.missing, "
                    "mails = case when missing = '[]' then mails else excluded.mails end",
                    (s.key, s.work, s.version, s.total, s.title, s.sender, s.message_id, s.sent,
                     now, json.dumps(s.mails), json.dumps(s.missing), thread))

    def sendings(self, thread: int | None = None) -> tuple[Sending, ...]:
        """All sendings, or those of a thread, oldest first."""
        return self._sendings("") if thread is None else self._sendings("where thread = ?", thread)

    def sending(self, key: str) -> Sending:
        """One of them."""
        return self._sendings("where key = ?", key)[0]

    def _sendings(self, where: str, *words: object) -> tuple[Sending, ...]:
        rows = self._file.execute(_SERIES.format(where=where), words)
        return tuple(Sending(key, work, version, total, title, sender, message_id, sent,
                             tuple(json.loads(mails)), tuple(json.loads(missing)))
                     for (key, work, version, total, title, sender, message_id, sent, mails,
                          missing) in rows)

    def recent(self, since: float) -> frozenset[int]:
        """The threads of which a sending was first seen since then."""
        return frozenset(row[0] for row in self._file.execute(
            "select distinct thread from series where seen >= ?", (since,)))

    def seen(self, key: str) -> float:
        """When a sending was first seen, in seconds since 1970."""
        (when,) = self._file.execute("select seen from series where key = ?", (key,)).fetchone()
        return float(when)

    # What is to be done

    def queue(self, key: str, series: str, spec: str, now: float, priority: int = 0) -> bool:
        """Ask for a job, once and for all; whether it is a new one."""
        row = (key, series, spec, QUEUED, now, priority)
        with self._file:
            return self._file.execute(
                "insert or ignore into job (key, series, spec, state, queued, priority) "
                "values (?, ?, ?, ?, ?, ?)", row).rowcount > 0

    def queue_all(self, rows: Iterable[tuple[str, str, str, str]], now: float) -> None:
        """Ask for many jobs (key, series, spec, state) that are not there yet.

        One that another shard was to do is ours now where its state says so.
        """
        with self._file:
            for key, series, spec, state in rows:
                self._file.execute(
                    "insert into job (key, series, spec, state, queued) values (?, ?, ?, ?, ?) "
                    "on conflict (key) do update set state = excluded.state where state = ?",
                    (key, series, spec, state, now, ELSEWHERE))

    def senders(self, since: float) -> list[str]:
        """Who sent the series that were queued since a time, once for each of them."""
        return [row[0] for row in self._file.execute(
            "select s.sender from job j join series s on s.key = j.series where j.queued >= ?",
            (since,))]

    def count(self, *states: str) -> int:
        """How many jobs are in these states."""
        marks = ", ".join("?" for _ in states)
        (count,) = self._file.execute(
            f"select count(*) from job where state in ({marks})", states).fetchone()  # noqa: S608
        return int(count)

    def jobs(self, *states: str) -> tuple[Job, ...]:
        """The jobs in some states, or all, oldest first."""
        marks = ", ".join("?" for _ in states)
        return self._jobs(f"where state in ({marks})", *states) if states else self._jobs("")

    def next(self, now: float, longest: float, most: int) -> tuple[Job, ...]:
        """At most so many queued jobs whose time has come.

        Those of the highest priority come first, and of them those that were tried least.
        What is to wait for more than ``longest`` seconds has a clock that jumped.
        """
        return self._jobs("where state = ? and (after <= ? or after > ?)", QUEUED, now,
                          now + longest, max(0, most), order="priority desc, tries, ",
                          limit="limit ?")

    def job(self, key: str) -> Job:
        """One job."""
        return self._jobs("where key = ?", key)[0]

    def jobs_of(self, thread: int) -> tuple[Job, ...]:
        """The jobs of the series of a thread."""
        return self._jobs("where series in (select key from series where thread = ?)", thread)

    def jobs_of_work(self, series: str) -> tuple[Job, ...]:
        """The jobs of all versions of the work that a series is one of."""
        return self._jobs("where series in (select key from series where work = "
                          "(select work from series where key = ?))", series)

    def _jobs(self, where: str, *words: object, order: str = "", limit: str = "",
              ) -> tuple[Job, ...]:
        text = _JOBS.format(where=where, order=order, limit=limit)
        return tuple(Job(*row) for row in self._file.execute(text, words))

    def set(self, key: str, **columns: object) -> None:
        """Change what is known of a job."""
        words = ", ".join(f"{name} = ?" for name in columns)
        with self._file:
            self._file.execute(f"update job set {words} where key = ?",  # noqa: S608
                               (*columns.values(), key))

    def again(self) -> None:
        """Queue what was given up: whoever asks once more has mended it."""
        with self._file:
            self._file.execute("update job set state = ?, tries = 0, after = 0 where state = ?",
                               (QUEUED, GIVEN_UP))

    def recover(self) -> int:
        """Queue again what was running when the last process ended; returns how many."""
        with self._file:
            return self._file.execute("update job set state = ? where state = ?",
                                      (QUEUED, RUNNING)).rowcount
