# SPDX-License-Identifier: GPL-2.0-or-later
"""A header beside the C library's: before them, after them, in C and in C++.

A name of the header may be a macro there, and both may define the same struct: then programs
that include the two no longer compile. Compared with the base, so only new clashes count.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.clean import decode
from harness.model import Difference, Finding, Severity
from harness.system.sandbox import Sandbox
from harness.uapi import batch
from harness.uapi.batch import CompileResult, Job, Said
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.dialects import CPLUSPLUS, FIRST, Dialect, Pair
from harness.uapi.headers import COMMENT, WORD, conditions, including

# What programs include beside the kernel's headers.
LIBC = ("errno.h", "stdio.h", "stdlib.h", "string.h", "unistd.h", "signal.h", "limits.h",
        "stdint.h", "sys/types.h", "sys/stat.h", "sys/ioctl.h", "fcntl.h", "sched.h", "poll.h",
        "sys/uio.h", "sys/socket.h", "sys/un.h", "netinet/in.h", "netinet/ip.h", "netinet/tcp.h",
        "netinet/udp.h", "arpa/inet.h", "net/if.h", "net/ethernet.h", "termios.h", "time.h",
        "sys/time.h", "sys/resource.h", "sys/mman.h", "sys/mount.h", "sys/wait.h",
        "sys/epoll.h", "sys/ptrace.h", "sys/param.h", "syslog.h", "stdbool.h", "assert.h",
        "ctype.h", "netdb.h", "dirent.h", "sys/shm.h", "sys/sem.h", "sys/msg.h", "sys/statfs.h",
        "sys/timex.h", "sys/user.h", "sys/queue.h", "pthread.h", "endian.h", "net/route.h",
        "net/if_arp.h", "netinet/if_ether.h", "netinet/ip6.h", "netinet/ip_icmp.h",
        "netinet/icmp6.h", "elf.h")
_SYNTAX = ("-fsyntax-only",)  # a macro that is defined again is a warning
_REDEFINED = re.compile(r'"(\w+)" redefined')
_PROGRAM = "#define _GNU_SOURCE 1\n"  # as g++ has it by itself
_BOTH_WAYS = (("after the headers of the C library", "{libc}{header}"),
              ("before the headers of the C library", "{header}{libc}"))


Way = tuple[str, str, Dialect]  # in words, the order of the lines, the language


@dataclass(frozen=True, slots=True)
class Library:
    """The C library's headers in C and C++: their macros, the words of their text.

    ``kernels`` are the kernel's headers that they include.
    """

    macros: frozenset[str]
    words: frozenset[str]
    kernels: frozenset[str]


@functools.lru_cache(4)
def _library(sandbox: Sandbox, headers: Path) -> Library:
    compiler = Compiler(sandbox, headers)
    languages = [d for d in (FIRST, CPLUSPLUS) if batch.installed(d.program)]
    done = batch.run_all([Job(d.use(compiler), _PROGRAM + text, (*flags, "-w"))
                          for d in languages for text, flags in (
                              ("", ("-E", "-dM")), (including(LIBC), ("-E", "-dM")),
                              (including(LIBC), ("-M",)))])
    macros, files = set[str](), set[str]()
    for empty, full, made_of in zip(done[::3], done[1::3], done[2::3], strict=True):
        have = {name for name, _ in _MACRO.findall(empty.output)} - {"_GNU_SOURCE"}
        macros |= {name for name, _ in _MACRO.findall(full.output)} - have
        files.update(w for w in made_of.output.split() if w.startswith("/"))
    inside = compiler.sandbox.path(headers, "/headers").rpartition("/")[2]
    own = {tail for name in files if (tail := name.partition(f"/{inside}/")[2])
           and (headers / tail).is_file()}
    paths = [*(headers / tail for tail in own), *(Path(n) for n in files if Path(n).is_file())]
    return Library(frozenset(macros), frozenset(
        w for path in paths for w in WORD.findall(COMMENT.sub(" ", decode(path.read_bytes())))),
        frozenset(own))


_PASTES = re.compile(r"#[ \t]*define[ \t]+(\w+)(?:[^\n\\]|\\[\s\S])*?##")
_INCLUDE = re.compile(r"#\s*include")


def may_clash(header: str, difference: Difference | None, compiler: Compiler,
               changed: Mapping[str, tuple[str, str]]) -> bool:
    """Whether anything of what ``changed`` can meet something of the C library's headers.

    What changed of headers that those include is told of these, and not of all that do so too.
    """
    if difference is None:
        return True
    library = _library(compiler.sandbox, compiler.headers)
    if header in library.kernels:
        return True
    texts = [pair for name, pair in changed.items() if name not in library.kernels]
    lines = [line for old, new in texts for line in _lines(old) ^ _lines(new)]
    if any(map(_INCLUDE.match, lines)):
        return True  # all that it brings in is new there
    said = {w for line in lines for w in WORD.findall(line)}
    if any("##" in text and not said.isdisjoint(_PASTES.findall(COMMENT.sub(" ", text)))
           for pair in texts for text in pair):
        said = set(difference.words | difference.names)  # it says other words than stand there
    asks = {w for pair in texts for text in pair for w in conditions(text)}
    return not (library.macros.isdisjoint((difference.words & said) | asks)
                and library.words.isdisjoint(difference.names & said))


def _lines(text: str) -> set[str]:
    return {" ".join(line.split()) for line in COMMENT.sub(" ", text).splitlines()}


def clashes(header: str, pair: Pair, context: HeaderContext, known: Collection[str] = (),
            ) -> list[Finding]:
    """What stood beside the C library's headers before, and does not any more.

    ``known`` are the ways in which the new version still does, as ``questions`` calls them.
    """
    ways = _ways(known)
    done = batch.run_all(_jobs(ways, pair[1], pair[1].include(header)))
    wrong = [(way, new) for way, new in zip(ways, done, strict=True) if not new.ok]
    again = _redefined(header, pair, context, {
        way: names for way, new in zip(ways, done, strict=True) if new.ok and (names := {
            s.text: s for s in new.said if _REDEFINED.match(s.text) and s.line_in(header)})})
    if not wrong:
        return again
    alone = batch.run_all([Job(d.use(pair[1]), pair[1].include(header), _SYNTAX)
                           for (_, _, d), _ in wrong])
    wrong = [row for row, one in zip(wrong, alone, strict=True) if one.ok]  # else: ``dialects``
    before = batch.run_all([_beside(form, d, LIBC, pair[0], pair[0].include(header))
                            for (_, form, d), _ in wrong])
    found: dict[str, Finding] = {}
    for ((words, form, dialect), new), old in zip(wrong, before, strict=True):
        said = {(s.file, s.text) for s in old.said}
        first = next((s for s in new.said if s.grade != "warning"
                      and (s.file, s.text) not in said), None)
        if words not in found and (first is not None or old.ok):
            name = _narrowed(header, pair, form, dialect)
            found[words] = _finding(header, words, dialect.use(pair[1]), (name, first), context)
    return [*found.values(), *again]


def content(done: CompileResult) -> bool:
    """Whether a compilation beside the C library neither failed nor defined a macro again."""
    return done.ok and not any(_REDEFINED.match(s.text) for s in done.said)


def _redefined(header: str, pair: Pair, context: HeaderContext,
               rows: Mapping[Way, Mapping[str, Said]]) -> list[Finding]:
    """Macros of the C library that the header now defines otherwise, and did not before."""
    before = batch.run_all([_beside(form, d, LIBC, pair[0], pair[0].include(header))
                            for _, form, d in rows])
    found: dict[str, Finding] = {}
    for (way, said), old in zip(rows.items(), before, strict=True):
        known = {s.text for s in old.said}
        for text, one in said.items():
            if text not in known:
                found.setdefault(text, Finding(
                    "uapi-source", Severity.WARNING,
                    f"{text.replace(chr(34), '')} {way[0]}, which have it too",
                    where=context.where(one.line),
                    evidence=f"{way[2].use(pair[1]).words}\n{one}", subject=f"{header} {text}"))
    return list(found.values())


_UNDEF = re.compile(r"(?m)^[ \t]*#[ \t]*undef[ \t]+(\w+)")


def undone(header: str, pair: Pair, texts: tuple[str, str], context: HeaderContext,
           ) -> list[Finding]:
    """Macros of the C library that the header now takes away, or makes another."""
    old, new = (set(_UNDEF.findall(text)) for text in texts)
    names = sorted(new - old)
    if not names:
        return []
    libc, one, two = batch.run_all([
        Job(FIRST.use(pair[0]), including(LIBC), ("-E", "-dM", "-w")),
        *(Job(FIRST.use(c), including(LIBC) + c.include(header), ("-E", "-dM", "-w"))
          for c in pair)])
    have, had, has = (dict(_MACRO.findall(done.output)) for done in (libc, one, two))
    return [Finding(
        "uapi-source", Severity.ERROR, f"{name} of the C library is "
        + ("another" if name in has else "gone") + f" after {header}", where=context.where(0),
        evidence=f"{name} {had[name]} -> {has.get(name, 'not defined')}", subject=f"{name} undone")
        for name in names if name in have and had.get(name) == have[name]
        and has.get(name) != have[name]]


_MACRO = re.compile(r"(?m)^#define (\w+)(?:\([^)]*\))? ?(.*)$")


def new(header: str, compiler: Compiler, context: HeaderContext, known: Collection[str] = (),
        ) -> list[Finding]:
    """The C library's headers beside which a new header does not compile, though it does alone."""
    found = []
    ways = _ways(known)
    for (words, form, dialect), done in zip(
            ways, batch.run_all(_jobs(ways, compiler, compiler.include(header))), strict=True):
        if done.ok or dialect != FIRST:
            continue
        alone = batch.run_all([_beside(form, dialect, [h], compiler, compiler.include(header))
                               for h in LIBC])
        hit = next(((h, one) for h, one in zip(LIBC, alone, strict=True) if not one.ok), None)
        if hit is not None:
            found.append(_finding(header, words, dialect.use(compiler), (hit[0], hit[1].error),
                                  context))
    return found


def _ways(known: Collection[str] = ()) -> list[Way]:
    return [(words, form, dialect) for words, form in _BOTH_WAYS
            for dialect in (FIRST, CPLUSPLUS) if batch.installed(dialect.program)
            and _name(words, dialect) not in known]


def _name(words: str, dialect: Dialect) -> str:
    return f"{dialect.name} {words}"


def questions() -> dict[str, Callable[[Compiler, str], Job]]:
    """For lines that include headers: before and after those of the C library, by name."""
    def ask(form: str, dialect: Dialect) -> Callable[[Compiler, str], Job]:
        return lambda compiler, lines: _beside(form, dialect, LIBC, compiler, lines)
    return {_name(words, dialect): ask(form, dialect) for words, form, dialect in _ways()}


def _jobs(ways: Sequence[Way], compiler: Compiler, lines: str) -> list[Job]:
    return [_beside(form, dialect, LIBC, compiler, lines) for _, form, dialect in ways]


def _beside(form: str, dialect: Dialect, libc: Sequence[str], compiler: Compiler, lines: str,
            ) -> Job:
    return Job(dialect.use(compiler), _PROGRAM + form.format(libc=including(libc), header=lines),
               _SYNTAX)


def _narrowed(header: str, pair: Pair, form: str, dialect: Dialect) -> str:
    """A header of the C library beside which only the new version fails, or "".

    It is looked for in the half that shows it, and that half's half; where neither does, no one
    header is to blame.
    """
    left: Sequence[str] = LIBC
    while len(left) > 1:
        halves = (left[:len(left) // 2], left[len(left) // 2:])
        done = batch.run_all([_beside(form, dialect, half, c, c.include(header))
                              for half in halves for c in pair])
        hit = next((half for half, old, new in zip(halves, done[::2], done[1::2], strict=True)
                    if old.ok and not new.ok), None)
        if hit is None:
            return ""
        left = hit
    return left[0]


def _finding(header: str, words: str, compiler: Compiler, hit: tuple[str, Said | None],
             context: HeaderContext) -> Finding:
    name, first = hit
    beside = words.replace("the headers of the C library", f"<{name}>") if name else words
    return Finding(
        "uapi-source", Severity.ERROR, f"{header} does not compile {beside}"
        + (f": {first.text}" if first else ""), where=context.where(
            first.line_in(header) if first else 0), evidence=f"{compiler.words}\n{first or ''}",
        subject=f"{header} {words}")
