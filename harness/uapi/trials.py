# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros and inline functions whose text changed, tried in a program that runs.

What is no constant has no value to compare. So it is put to use with the header's own structs,
numbers and texts, in every way that both compile: a use that no longer does is a break, and so is
one that computes or writes something else. Arguments that make no sense compile with neither
version, or do the same with both.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from harness.errors import DeadlineError
from harness.model import Finding, HeaderApi
from harness.system import scratch
from harness.uapi.compiler import Compiler
from harness.uapi.context import HeaderContext
from harness.uapi.declared import declared
from harness.uapi.numbers import USUAL
from harness.uapi.outcomes import OWN, SIZE, VALUE, Trial, broken, others, plain, the_same
from harness.uapi.steps import drive, surviving
from harness.uapi.uses import OUR

_MOST, _MOST_TRIALS, _MOST_STRUCTS = 20, 600, 5  # names, uses in all, structs of a header
_LARGEST = 4096  # bytes of a struct
_SECONDS = 60.0
_PASTED = re.compile(r"(\w+)\s*##")
# Where a pointer is no number, and a struct no other one.
_STRICT = ("-Werror=incompatible-pointer-types", "-Werror=int-conversion",
           "-Werror=implicit-function-declaration", "-Werror=implicit-int")
_FORMS = ((VALUE, f"{OUR}show({{}});"), ("as a statement", "{};"),
          ("below an if", f"if ({OUR}data.n) {{}}; else {OUR}data.n = 1;"),
          ("on the left of =", "({}) = 3;"), ("as an initialiser", f"{OUR}first({{}});"),
          ("as a pointer", f"__auto_type {OUR}v = {{}}; int *{OUR}p = {OUR}v; (void){OUR}p;"),
          ("beside a text", f'{OUR}show("ab" {{}});'),
          ("behind a struct", f"{OUR}show(sizeof(struct {{{{ char c; int x; }}}} {{}}));"),
          (SIZE, f"{OUR}show(sizeof({{}}));"))
_HEAD, _MAIN = (Path(__file__).with_name(name) for name in ("trial.h", "trial.c"))
# Numbers that a use is given one after the other, beside those of its text.
_FILLS = (5, 0, -1, 1, 2, 3, 4, 7, 8, 9, 63, 64, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000)
_LITERAL = re.compile(r"\b(?:0[xX][\da-fA-F]{1,8}|[1-9]\d{0,8}|0)(?=[uUlL]*\b)")
_MOST_FILLS = 40
_TEXT = '"ab' + "\\0" * 64 + '"'  # what reads behind a text finds nothing that changes
_FIELD = re.compile(r"(?:->|\.)\s*([A-Za-z_]\w*)")


def compare(header: str, offer: tuple[tuple[Compiler, Compiler], HeaderApi, HeaderApi],
            names: Collection[str], context: HeaderContext) -> list[Finding]:
    """Findings about macros and inline functions of these names, whose text is another one.

    An error where one does something else, a note where all that was tried does the same.
    """
    pair, old, new = offer
    wanted = [n for n in names if old.arity.get(n) == new.arity.get(n)][:_MOST]
    if not wanted or not pair[0].sandbox.enabled or context.abi != "x86-64":
        return []
    kinds = [s.name for s in old.structs if s.size and s.size <= _LARGEST
             and any(n.name == s.name and n.size == s.size for n in new.structs)
             and not s.name.startswith("enum ") and s.members and s.members[0].name]
    kinds = [*kinds[:_MOST_STRUCTS], *([OWN] if (fields := _fields(wanted, old)) else [])]
    trials = [t for name in wanted for t in _trials(name, old, kinds)]
    lines = {str(n): f"static void {OUR}t{n}(void) {{ {t.code} }}"
             for n, t in enumerate(trials[:_MOST_TRIALS])}
    head = "".join((pair[0].include(header), USUAL, _HEAD.read_text(encoding="utf-8"), fields,
                    _data(kinds)))
    end = _end(context)
    try:
        ((good, _),) = drive(surviving(pair[0], head, lines, *_STRICT))
        ((kept, bad),) = drive(surviving(pair[1], head, good, *_STRICT))
        before, again, after = (_outcomes(c, head, kept, end) for c in (pair[0], *pair))
    except DeadlineError:
        return []
    said = before, again, after
    findings = list(broken(trials, good, bad, pair[1], (new, context)))
    findings += others(trials, kept, said, {f.subject for f in findings}, (new, context))
    told = {f.subject for f in findings}
    return [*findings, *(
        f for f in the_same(trials, kept, said, (new, context)) if f.subject not in told)]


def _fields(names: list[str], old: HeaderApi) -> str:
    """A struct with the fields that macros name, as none of the header's may have them."""
    found = dict.fromkeys(f for n in names for f in _FIELD.findall(old.bodies.get(n, "")))
    return f"{OWN} {{ {' '.join(f'long {f};' for f in list(found)[:12])} }};\n" if found else ""


def _end(context: HeaderContext) -> str:
    """What stands behind the uses: the numbers they get, and functions that programs define."""
    one, two = (set(text.splitlines()) for text in (context.before, context.after))
    numbers = dict.fromkeys((*_FILLS, *(
        int(t, 0) + more for line in sorted(one ^ two) for t in _LITERAL.findall(line)
        for more in (0, 1))))
    fills = ", ".join(f"{n}L" for n in list(numbers)[:_MOST_FILLS])
    theirs = "".join(
        f'__asm__(".text\\n.weak {name}\\n{name}: movl ${zlib.crc32(name.encode()) >> 1}, %eax'
        f'\\n ret");\n' for name, text in declared(context.before).outside.items()
        if "(" in text)
    return f"static const long {OUR}fill[] = {{ {fills} }};\n{theirs}" + _MAIN.read_text(
        encoding="utf-8")


def _data(kinds: list[str]) -> str:
    fields = "".join(f"\t{kind} a{n};\n" for n, kind in enumerate(kinds))
    return f"static struct {{\n{fields}\tlong n;\n\tint i;\n}} {OUR}data;\n"


def _trials(name: str, old: HeaderApi, kinds: list[str]) -> Iterator[Trial]:
    """All uses of one name."""
    places = {f"{OUR}data.a{n}": kind for n, kind in enumerate(kinds)}
    given = [*(f"&{p}" for p in places), *places, f"{OUR}data.n", f"&{OUR}data.i", _TEXT, "7", "0",
             *_pasted(old.bodies.get(name, ""), old)]
    if name in old.functions:
        count: int | None = len([p for p in old.functions[name].parameters if p != "..."])
    else:
        count = old.arity.get(name)
    calls = [name] if count is None else [
        f"{name}({', '.join(row)})" for row in _rows(abs(count), given)]
    for call in calls:
        words, of = call, ""
        for place, kind in places.items():
            of = kind if place in call else of
            words = words.replace(place, f"a {kind}")
        words = plain(words).replace(_TEXT, '"ab"')
        for form, code in _FORMS:
            yield Trial(name, form, words, code.format(call), of)
        if count is None or '"' not in call:
            for place, kind in places.items():
                yield Trial(name, f"as an initialiser of {kind}", words,
                            f"{kind} {OUR}x = {call}; {OUR}clear(&{OUR}x); "
                            f"{OUR}bytes(&{OUR}x, sizeof({place}));", kind)
                yield Trial(name, f"as a pointer to {kind}", words, f"__auto_type {OUR}v = {call}; "
                            f"{kind} *{OUR}p = {OUR}v; (void){OUR}p;", of)


def _rows(count: int, given: list[str]) -> list[tuple[str, ...]]:
    """Arguments: each at each place beside a number, and beside itself."""
    if not count:
        return [()]
    rows = [(*["7"] * at, one, *["7"] * (count - at - 1)) for one in given for at in range(count)]
    return list(dict.fromkeys([*rows, *((one,) * count for one in given)]))


def _pasted(body: str, old: HeaderApi) -> list[str]:
    """Words that a macro may make a name of the header's out of."""
    known = [*old.numbers, *old.functions, *(s.name.rpartition(" ")[2] for s in old.structs)]
    return [n.removeprefix(prefix) for prefix in _PASTED.findall(body) for n in known
            if n.startswith(prefix) and n != prefix and "(" not in n][:3]


def _outcomes(compiler: Compiler, head: str, kept: dict[str, str], end: str) -> list[str]:
    """What each use said and left in memory; nothing where the program cannot be made."""
    if not kept:
        return []
    table = f"static void (*const {OUR}all[])(void) = {{ " + ", ".join(
        f"{OUR}t{n}" for n in kept) + " };\n"
    source = head + "\n".join(kept.values()) + "\n" + table + end
    with scratch.folder() as name:
        return compiler.printed(source, Path(name), _SECONDS).splitlines()
