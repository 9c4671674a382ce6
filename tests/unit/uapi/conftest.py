# SPDX-License-Identifier: GPL-2.0-or-later
"""A compiler in memory, for what asks one: it knows a few directives and looks for names."""

import re
import shutil

import pytest

from harness.arch import NATIVE
from harness.errors import DeadlineError
from harness.model import Applied, HeaderApi, Member, StructLayout
from harness.system.sandbox import Sandbox
from harness.uapi import batch, direct, others, sides, strangers
from harness.uapi.batch import CompileResult, Said
from harness.uapi.compiler import Compiler, materialise

BARE = Sandbox(enabled=False)


class Gcc:
    """What the fixture ``gcc`` answers; ``calls`` has (compiler, source, flags).

    ``#error WORDS`` in a header fails; so does ``#error_with FLAG WORDS`` under that flag, and
    ``#error_without HEADER WORDS`` where the source does not include it, ``#error_beside`` where
    it does. ``#hang`` (or ``#hang FLAG``) never ends. A member that a source names and no header
    has is an error of its line, and one that a header has behind ``#deprecated`` is a warning.
    """

    def __init__(self):
        self.calls = []

    def run(self, compiler, source, *extra, keep=None):
        self.calls.append((compiler, source, extra))
        flags = (*compiler.flags, *extra)
        texts = self._texts(compiler, source)
        said = [s for name, text in texts.items() for s in _directives(name, text, flags, source)]
        whole = "\n".join(texts.values())
        for number, line in enumerate(source.splitlines(), 1):
            for word in re.findall(r"(?:->|\{ \.)(\w+)", line):
                if not re.search(rf"\b{word}\b", whole):
                    said.append(Said("t.c", number, "error", f"no member named '{word}'", number))
                elif "-Wall" in flags and f"#deprecated {word}" in whole:
                    said.append(Said("t.c", number, "warning", f"'{word}' is deprecated", number))
        return CompileResult(all(s.grade == "warning" for s in said), tuple(said), "")

    @staticmethod
    def said(file, line, text):
        return Said(file, line, "error", text)

    def run_many(self, compiler, sources, *extra):
        done = [self.run(compiler, source, *extra) for source in sources]
        return tuple(n for n, one in enumerate(done) if not one.ok)

    def extract(self, compiler, name, text, also=()):
        """Structs of scalars one after the other, and numbers."""
        done = self.run(compiler, compiler.include(name), "-c")
        first = next((s for s in done.said if s.grade != "warning"), None)
        if first:
            return HeaderApi((), {}, frozenset(), {}, frozenset(), {},
                             problem=f"{first.file}:{first.line}: {first.text}")
        texts = self._texts(compiler, compiler.include(name))
        own = texts.get(name, "")
        typedefs = dict(re.findall(r"typedef (\w+) (\w+);", "\n".join(texts.values())))
        known = {new: old for old, new in typedefs.items()}
        structs = tuple(_struct(tag, body, known, compiler)
                        for tag, body in re.findall(r"struct (\w+) \{([^}]*)\};", own))
        numbers = {n: int(v, 0) for n, v in re.findall(r"(?m)^#define (\w+) (\w+)$", own)}
        arity = {n: p.count(",") + 1 for n, p in re.findall(r"#define (\w+)\(([^)]*)\)", own)}
        numbers |= {n: int(v, 0) for n, v in re.findall(
            r"(?m)^#define (\w+) (\w+)$", "\n".join(texts.values())) if n in also}
        return HeaderApi(structs, numbers, frozenset(), arity, frozenset(numbers),
                         dict.fromkeys(numbers, 1),
                         visible={n: f"/headers/{f}" for f, t in texts.items()
                                  for n in re.findall(r"typedef \w+ (\w+);", t)})

    def _texts(self, compiler, source):
        found, todo = {}, re.findall(r"#include <([^>]+)>", source)
        while todo:
            name = todo.pop(0)
            path = compiler.headers / name
            if name not in found and path.is_file():
                found[name] = path.read_text()
                todo += re.findall(r"#include <([^>]+)>", found[name])
        return found


def _directives(name, text, flags, source):
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.partition(" ")
        one, _, words = rest.partition(" ")
        file = name.rpartition("/")[2]
        if word == "#hang" and (not rest or rest in flags):
            raise DeadlineError("gcc: no end after 60 s")
        if word == "#error":
            yield Said(file, number, "error", rest)
        there = f"<{one}>" in source
        if (word == "#error_with" and one in flags) or (
                word == "#error_without" and not there) or (word == "#error_beside" and there):
            yield Said(file, number, "error", words)


def _struct(tag, body, known, compiler):
    at, members = 0, []
    for kind, name in re.findall(r"(\w+) (\w+);", body):
        bare = known.get(kind, kind)
        size = (4 if "-m32" in compiler.flags else 8) if bare == "long" else int(bare[1:]) // 8
        members.append(Member(name, at, size, f"u{size * 8}"))
        at += size
    return StructLayout(f"struct {tag}", at, 4, tuple(members), 1)


@pytest.fixture(autouse=True)
def by_gcc(monkeypatch):
    """Compilers are started by gcc itself, which nobody asks what it would start."""
    monkeypatch.setattr(direct, "_started", lambda _: ())


@pytest.fixture
def installed(monkeypatch):
    """Which programs there are: ``installed("gcc")``; before it is called all are."""
    names = []
    monkeypatch.setattr(shutil, "which", lambda name: (
        f"/usr/bin/{name}" if not names or name in names else None))

    def has(*tools):
        names.extend(tools)
        batch.installed.cache_clear()
    return has


@pytest.fixture
def gcc(monkeypatch, installed):
    """Every ``Compiler`` and ``extract`` answer as ``Gcc`` does; gcc alone is there."""
    installed("gcc")
    fake = Gcc()

    def run_many(self, sources, *extra):
        return fake.run_many(self, sources, *extra)

    def run_all(jobs):
        return [fake.run(j.compiler, j.source, *j.extra, keep=j.keep) for j in jobs]

    def extracting(compiler, name, text, also=(), *, known=None, lend=None,
                   guide=None, held=None):
        yield []
        offer = fake.extract(compiler, name, text, also)
        if known is not None:
            known.names.update(offer.macros)
        return offer
    monkeypatch.setattr(batch, "run_all", run_all)
    monkeypatch.setattr(sides, "extracting", extracting)
    monkeypatch.setattr(others, "extract", fake.extract)
    monkeypatch.setattr(strangers, "hosts", dict)
    strangers._libc_words.cache_clear()
    monkeypatch.setattr(Compiler, "run_many", run_many)
    return fake


@pytest.fixture
def both(tmp_path, gcc):
    """``Sides`` of two sets of headers, as they lie on disk."""
    def make(before, after, abis=NATIVE):
        place = tmp_path / f"sides{len(list(tmp_path.iterdir()))}"
        return sides.Sides(BARE, before, after,
                           materialise(before, place / "before", before),
                           materialise(after, place / "after", after), abis)
    return make


@pytest.fixture
def applied_to(git):
    """A series on a base: ``changes`` maps paths to text, None takes one away."""
    def make(base, changes):
        tree = git.tree(base)
        head = {p: t for p, t in {**base, **changes}.items() if t is not None}
        return Applied(tree, tree.commit, (git.commit(head),))
    return make
