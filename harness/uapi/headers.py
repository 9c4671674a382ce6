# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel UAPI headers as userspace gets them. Pure: names and bytes in and out.

Does what ``make headers_install`` does (scripts/headers_install.sh and
asm-generic wrappers) without running anything of the tree: it must work on
trees from 4.18 on, and a hostile tree must not get to run its Makefile for a
check of headers.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from harness.clean import decode
from harness.uapi import generated, unifdef

WORD = re.compile(r"[A-Za-z_]\w*")
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_SPACE = r"[ \t\r\f\v]"
# The sed script of scripts/headers_install.sh, in its order; sed works on lines.
# Before each stands what a text has to have for it: looking for that takes less time.
_SED = tuple((words, re.compile(pattern, re.MULTILINE), new) for words, pattern, new in (
    (("__user", "__force", "__iomem"), rf"({_SPACE}|\()(?:__user|__force|__iomem){_SPACE}", r"\1"),
    (("__attribute_const__",), rf"__attribute_const__({_SPACE}|$)", r"\1"),
    (("__packed",), r"(^|[^a-zA-Z0-9])__packed([^a-zA-Z0-9_]|$)",
     r"\1__attribute__((packed))\2"),
    (("inline", "asm", "volatile"), rf"(^|{_SPACE}|\()(inline|asm|volatile)({_SPACE}|\(|$)",
     r"\1__\2__\3"),
    (("_UAPI",), rf"#(ifndef|define|endif{_SPACE}*/\*){_SPACE}*_UAPI", r"#\1 "),
))
_COMPILER = re.compile(r"(?m)^#include <linux/compiler(?:_types)?.h>")
_INCLUDE = re.compile(r'(?m)^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]')
_COMPUTED = re.compile(r"(?m)^[ \t]*#[ \t]*include[ \t]+[A-Za-z_]")
_KBUILD = re.compile(r"(?m)^[ \t]*(mandatory-y|generic-y|generated-y)\s*[+:]?=\s*(.*)$")
# Exported only where the architecture has its part (include/uapi/Kbuild; before 5.0 linux/Kbuild).
_OR_MADE = frozenset({"asm/kvm_para.h"})  # since 5.0 a generated one will do
_WITH_ASM = {f"linux/{n}": f"asm/{n}" for n in ("a.out.h", "kvm.h", "kvm_para.h")}


def under(srcarch: str) -> tuple[str, ...]:
    """The files and folders of a tree that userspace headers come from."""
    return ("include/uapi", f"arch/{srcarch}/include/uapi", *generated.sources(srcarch))


def sources(srcarch: str) -> dict[str, tuple[str, ...]]:
    """The headers that Makefiles generate, and the files of a tree that each is made of."""
    return generated.made_of(srcarch)


def is_uapi(path: str, srcarch: str) -> bool:
    """Whether a path of the tree is a header that userspace sees."""
    return path.endswith(".h") and path.startswith(
        ("include/uapi/", f"arch/{srcarch}/include/uapi/"))


def installed_name(path: str, srcarch: str) -> str:
    """``include/uapi/linux/kvm.h`` -> ``linux/kvm.h``."""
    return path.removeprefix("include/uapi/").removeprefix(f"arch/{srcarch}/include/uapi/")


def transform(text: str, *, keep_lines: bool = True) -> str:
    """One header as scripts/headers_install.sh leaves it, byte for byte.

    ``keep_lines`` leaves an empty line in the place of each that it takes out: what compilers
    say of it then has the line numbers of the source.
    """
    text = _COMPILER.sub("", text)
    for words, pattern, new in _SED:
        if any(w in text for w in words):
            text = pattern.sub(new, text)
    return unifdef.process(text, keep_lines=keep_lines)


def defines(text: str, name: str) -> bool:
    """Whether a header defines a macro of that name."""
    return name in text and re.search(rf"(?m)^[ \t]*#[ \t]*define[ \t]+{re.escape(name)}\b",
                                      text) is not None


_OFFERED = re.compile(r"(?m)^[ \t]*#[ \t]*ifndef[ \t]+(\w+)[ \t]*\n[ \t]*#[ \t]*define[ \t]+\1\b"
                      r"[ \t]+[^\s\\]")


def overridable(text: str) -> frozenset[str]:
    """Macros that stand below ``#ifndef`` of their own name, and have a value there."""
    return frozenset(_OFFERED.findall(COMMENT.sub(" ", text)))


def _listed(text: str) -> dict[str, list[str]]:
    """Words that a Kbuild file lists, by variable; at most a thousand of each."""
    rows: dict[str, list[str]] = {}
    for name, words in _KBUILD.findall(text.replace("\\\n", " ")):
        rows.setdefault(name, []).extend(words.partition("#")[0].split()[:1000])
    return rows


def install(files: Mapping[str, bytes], srcarch: str) -> dict[str, str]:
    """Map the files of a tree (see ``under``) to the headers it installs, not yet transformed."""
    out: dict[str, str] = {}
    arch = f"arch/{srcarch}/include/uapi/"
    for prefix in ("include/uapi/", arch):  # the architecture's own win
        for path, data in files.items():
            if path.startswith(prefix) and path.endswith((".h", ".agh")):
                out[path.removeprefix(prefix)] = decode(data)
    made = generated.headers(files, srcarch)
    own = _listed(decode(files.get(f"{arch}asm/Kbuild", b"")))
    every = _listed(decode(files.get("include/uapi/asm-generic/Kbuild", b"")))
    wrapped = own.get("generic-y", []) + [
        n for n in every.get("mandatory-y", []) + own.get("mandatory-y", [])
        if n not in own.get("generated-y", [])]
    for name in wrapped:
        if f"asm/{name}" not in out and f"asm-generic/{name}" in out:
            out[f"asm/{name}"] = f"#include <asm-generic/{name}>\n"
    for name, text in made.items():
        out.setdefault(name, text)
    for name, needs in _WITH_ASM.items():
        there = f"{arch}{needs}" in files or (
            needs in _OR_MADE and needs in out and "include/uapi/Kbuild" in files)
        if not there:
            out.pop(name, None)
    return out


def exported(files: Mapping[str, bytes], srcarch: str) -> dict[str, str]:
    """The output of ``make headers_install``, byte for byte, by path below ``include``."""
    return {name: transform(text, keep_lines=False)
            for name, text in install(files, srcarch).items()}


def closure(headers: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The wanted headers and all that they include: what has to lie on disk to compile them."""
    reached: set[str] = set()
    todo = [name for name in wanted if name in headers]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        if _COMPUTED.search(headers[name]):
            return tuple(sorted(headers))  # #include MACRO: it may be any of them
        folder = name.rpartition("/")[0]
        todo += [n for found in _INCLUDE.findall(headers[name])
                 for n in (found, f"{folder}/{found}") if n in headers]
    return tuple(sorted(reached))


def _included(name: str, text: str) -> set[str] | None:
    """Headers that a header may include; None when a computed include may name any."""
    if _COMPUTED.search(text):
        return None
    folder = name.rpartition("/")[0]
    found = _INCLUDE.findall(text)
    return {*found, *(posixpath.normpath(f"{folder}/{n}") for n in found)}


def includers(headers: Mapping[str, str], changed: Iterable[str]) -> tuple[str, ...]:
    """The changed headers and all that include them, however far away."""
    includes = {name: _included(name, text) for name, text in headers.items()}
    reached = {name for name in changed if name in headers}
    while True:
        more = {name for name, uses in includes.items()
                if uses is None or uses & reached} - reached if reached else set()
        if not more:
            return tuple(sorted(reached))
        reached |= more


_CONDITION = re.compile(r"(?m)^[ \t]*#[ \t]*(?:el)?if(?:[^\n\\]|\\[\s\S])*")


_ASKED = re.compile(r"(?m)^[ \t]*#[ \t]*(?:(?:el)?if|undef)(?:[^\n\\]|\\[\s\S])*")


def conditions(text: str) -> frozenset[str]:
    """The words of all conditions of a header, and of what it takes away."""
    return frozenset(w for line in _ASKED.findall(text) for w in WORD.findall(line))


@dataclass
class Reach:
    """Which headers can notice what others changed: those that include them and say the words."""

    headers: Mapping[str, str]
    _includes: dict[str, set[str] | None] = field(default_factory=dict)

    def _below(self, name: str) -> set[str] | None:
        """All that a header includes, however far away; None: it may be any."""
        seen, todo = set[str](), [name]
        while todo:
            at = todo.pop()
            if at in seen or at not in self.headers:
                continue
            seen.add(at)
            if at not in self._includes:
                self._includes[at] = _included(at, self.headers[at])
            found = self._includes[at]
            if found is None:
                return None
            todo += found
        return seen

    def touched(self, names: Iterable[str], altered: Mapping[str, Collection[str]],
                gained: Mapping[str, Collection[str]]) -> list[str]:
        """Of these headers those that say an altered word, or have a condition with a new one.

        Both tables have the words of each header that changed. What pastes words together may
        say any.
        """
        return [n for n in names if n in self.headers
                and (self._says(n, self.headers[n], altered)
                     or self._says(n, "".join(_CONDITION.findall(self.headers[n])), gained))]

    def _says(self, name: str, text: str, table: Mapping[str, Collection[str]]) -> bool:
        below = self._below(name)
        words = {w for header, row in table.items() if below is None or header in below
                 for w in row}
        return bool(words) and ("##" in text or not words.isdisjoint(WORD.findall(text)))


def including(names: Iterable[str]) -> str:
    """The lines of a source that bring in some headers."""
    return "".join(f"#include <{n}>\n" for n in names)
