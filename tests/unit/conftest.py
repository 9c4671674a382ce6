# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in the place of processes and of git, so that rules are tested in milliseconds."""

import difflib
import email.utils
import fnmatch
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.errors import ToolMissingError
from harness.hunks import scan
from harness.model import Tree
from harness.system import proc, repo


@dataclass
class Commands:
    """Answers to commands; ``calls`` has each argv that was asked for, in order."""

    calls: list = field(default_factory=list)
    rows: list = field(default_factory=list)

    def say(self, *parts, out=b"", err=b"", code=0, why="", does=None, timed_out=False):
        """Answer a command whose argv has all of ``parts``; the row that came last is first asked.

        ``does(argv, kwargs)`` may write files, or return the output as bytes, or both it and the
        code.
        """
        self.rows.append((parts, out, err, code, why, timed_out, does))

    def miss(self, tool):
        """Let a tool be not installed."""
        def missing(argv, kwargs):
            raise ToolMissingError(tool, needed_for="this step", package=tool)
        self.say(tool, does=missing)

    def run(self, argv, *, ok=(0,), hint="", name="", on_line=None, log=None, merge=False,
            **kwargs):
        argv = [str(part) for part in argv]
        self.calls.append(argv)
        for parts, text, errors, code, why, timed_out, does in reversed(self.rows):
            if all(part in argv for part in parts):
                said = does(argv, kwargs) if does is not None else None
                said, ended = said if isinstance(said, tuple) else (said, code)
                out, err = said if isinstance(said, bytes) else text, errors
                out, err = (out + err, b"") if merge else (out, err)
                if log is not None:
                    with log.open("ab") as tee:
                        tee.write(out + err)
                for line in out.decode("utf-8", "replace").splitlines() if on_line else ():
                    on_line(line)
                return proc.check(proc.Done(tuple(argv), ended, out, err, 0.1, why,
                                            timed_out=timed_out), ok, hint, name)
        pytest.fail(f"nobody answers: {argv}")

    def feed(self, argv, chunks, *, env=None, cwd=None):
        return self.run(argv, stdin=b"".join(chunks), env=env, cwd=cwd)


@pytest.fixture
def commands(monkeypatch):
    """``proc.run`` and ``proc.feed`` answer from rows; see ``Commands``."""
    fake = Commands()
    monkeypatch.setattr(proc, "run", fake.run)
    monkeypatch.setattr(proc, "feed", fake.feed)
    return fake


class Git:
    """Commits in memory, with what ``harness.system.repo`` says of them."""

    def __init__(self):
        self.commits = {}
        self.titles = {}
        self.refs = {}
        self.history = True

    def commit(self, files, title="a commit", ref=""):
        """Add a commit of ``{path: text or bytes}``; its id, as long as git's."""
        raw = {p: t.encode() if isinstance(t, str) else t for p, t in files.items()}
        made = _id((sorted(raw.items()), title, len(self.commits)))
        self.commits[made], self.titles[made] = raw, title
        if ref:
            self.refs[ref] = made
        return made

    def tree(self, files, name="toy"):
        """A ``Tree`` whose base is a new commit of ``files``."""
        return Tree(name, Path("/nowhere/trees.git"), self.commit(files), "a folder")

    def files(self, commit):
        return self.commits[self.refs.get(commit, commit)]

    def rev_parse(self, _, rev):
        rev = self.refs.get(rev, rev)
        return next((c for c in self.commits if len(rev) >= 7 and c.startswith(rev)), None)

    def tree_id(self, _, commit):
        return _id(sorted(self.files(commit).items()))

    def paths(self, _, commit, *under):
        return tuple(sorted(p for p in self.files(commit) if _below(p, under)))

    def changes(self, _, old, new):
        one, two = self.files(old), self.files(new)
        return {p: ("100644" if p in one else "000000", "100644" if p in two else "000000")
                for p in sorted(one.keys() | two.keys()) if one.get(p) != two.get(p)}

    def changed(self, _, old, new):
        return tuple(self.changes(_, old, new))

    def changed_lines(self, _, old, new, path):
        one = self.files(old).get(path, b"").splitlines()
        two = self.files(new).get(path, b"").splitlines()
        steps = difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
        return (tuple(n + 1 for kind, a, b, _c, _d in steps if kind != "equal"
                      for n in range(a, b)),
                tuple(n + 1 for kind, _a, _b, c, d in steps if kind != "equal"
                      for n in range(c, d)))

    def show(self, _, commit, path):
        return self.files(commit).get(path)

    def grep(self, _, commit, expression, globs):
        wanted = re.compile(expression.encode(), re.MULTILINE)
        return tuple(p for p, text in sorted(self.files(commit).items())
                     if _matches(p, globs) and wanted.search(text))

    def users(self, _, commit, words, globs):
        return {word: tuple(p for p, text in sorted(self.files(commit).items())
                            if _matches(p, globs)
                            and re.search(rb"\b%b\b" % re.escape(word.encode()), text))
                for word in sorted(words)}

    def has_history(self, _, commit):
        return self.history

    def title_of(self, _, commit, rev):
        if not self.history:
            return None
        found = self.rev_parse(_, rev)
        return self.titles[found] if found else ""

    def read_files(self, _, commit, under):
        return {p: text for p, text in self.files(commit).items() if _below(p, under)}


def _id(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:40]


def _below(path, under):
    return not under or any(path == u or path.startswith(u.rstrip("/") + "/") for u in under)


def _matches(path, globs):
    plain = [g.removeprefix(":(glob)") for g in globs]
    return not plain or _below(path, plain) or any(fnmatch.fnmatch(path, g) for g in plain)


@pytest.fixture
def git(monkeypatch):
    """``harness.system.repo`` reads commits that stand in memory; see ``Git``."""
    fake = Git()
    for name in ("rev_parse", "tree_id", "paths", "changes", "changed", "changed_lines", "show",
                 "grep", "users", "has_history", "title_of", "read_files"):
        monkeypatch.setattr(repo, name, getattr(fake, name))
    return fake


_CUT = re.compile(rb"(?m)^(?:---$|diff --git |--- |Index: )")


def _mailinfo(argv, kwargs):
    head, _, body = kwargs["stdin"].partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    name, address = email.utils.parseaddr(fields["From"])
    at = _CUT.search(body)
    cut = at.start() if at else len(body)
    Path(argv[-2]).write_bytes(body[:cut])
    Path(argv[-1]).write_bytes(body[cut:])
    subject = re.sub(r"^(?:Re: *|\[[^]]*\] *)+", "", fields["Subject"])
    return (f"Author: {name}\nEmail: {address}\nSubject: {subject}\nDate: {fields['Date']}\n\n"
            ).encode()


def _numstat(_, kwargs):
    rows = []
    for file in scan(kwargs["stdin"]).files:
        lines = [text[:1] for hunk in file.hunks for text in hunk.lines]
        rows.append(f"{lines.count(b'+')}\t{lines.count(b'-')}\t{file.path}\0")
    return "".join(rows).encode()


@pytest.fixture
def tools(commands):
    """``commands`` that answer as git does for a mail without oddities."""
    commands.say("git", "mailinfo", does=_mailinfo)
    commands.say("git", "apply", "--numstat", does=_numstat)
    commands.say("git", "var", "GIT_AUTHOR_IDENT")
    return commands
