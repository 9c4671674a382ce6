# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs have compiled in from a header: inline functions, tables, and macros in brackets.

An inline function is compared by the machine code that becomes of it, and where that differs by
its results for constants.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping

from harness.model import Finding, Function, HeaderApi, Severity
from harness.uapi import batch
from harness.uapi.batch import Job
from harness.uapi.context import HeaderContext
from harness.uapi.declared import Declared, declared, is_open
from harness.uapi.macros import listed
from harness.uapi.numbers import USUAL
from harness.uapi.sides import Offered
from harness.uapi.uses import OUR

_ARGUMENTS = ((1, 2, 3, 4, 5, 6), (11, 77, 5, 900, 31, 42), (0, 1, 0, 1, 0, 1),
              (0x1234, 0x2345, 0x3456, 0x4567, 0x5678, 0x6789),
              (0x123456789a, 0x23456789ab, 0x3456789abc, 0x456789abcd, 0x56789abcde, 0x6789abcdef))
_SCALAR = re.compile(r"(?:unsigned |signed |long |short |int |char |_Bool |enum \w+ |const |"
                     r"float |double )+@")
_TEXT = re.compile(r"(?:const |char |signed |unsigned )*char (?:const )?\*@")
_LETTERS = ("({{ const char *t_ = (const char *)({call}); !t_ ? -1LL : "
            "(long long)__builtin_strlen(t_) << 40 ^ (long long)t_[0] << 32 ^ (!t_[0] ? 0 : "
            "(t_[1] << 16) ^ (!t_[1] ? 0 : (t_[2] << 8) ^ (!t_[2] ? 0 : t_[3]))); }})")
# A number for a call: of a fraction its first digits too, of a text its length and first letters.
_VALUES = (("double", "(long long)({call} * 1048576)"),
           ("float", "(long long)({call} * 1048576)"), ("*", _LETTERS))
_LITERAL = re.compile(r"\b(?:0[xX][\da-fA-F]{1,8}|\d{1,9})[uUlL]*\b")
_CONSTANT = re.compile(r"(?:mov(?:[lqb]|absq)\s+\$(-?\w+)|xor[lq]\s+%[er]ax), %[er]?a[xl]")
_LABEL = re.compile(r"\.L\w+")
_BLOCK = re.compile(r"([.\w$]+):")
_SYMBOL = re.compile(r"[.\w$]+")
_DATA = re.compile(r"\t\.(?:string|ascii|asciz|byte|value|short|word|long|quad|zero|[248]byte|"
                   r"int|octa)\b")
_MOST_ROWS = 4000  # of one function
_TOLD = 12  # numbers of its text that a function is called with
MOST = 40  # functions of one header


def compare(header: str, offer: Offered, texts: tuple[str, str], context: HeaderContext,
            ) -> Iterator[Finding]:
    """Findings about a header of which both versions are known; ``texts`` are those."""
    _, old, new = offer
    both = declared(texts[0]), declared(texts[1])
    yield from _tables(*both, context)
    yield from _linked(*both, new, context)
    yield from _functions(header, offer, both, context)
    yield from _brackets(old, new, context)


def _tables(before: Declared, after: Declared, context: HeaderContext) -> Iterator[Finding]:
    """Arrays with an initialiser: each program has its own copy."""
    for name, had in before.tables.items():
        has = after.tables.get(name)
        if has is None or _same(has[:len(had)], had):
            continue
        at = next((n for n, (a, b) in enumerate(zip(had, has, strict=False))
                   if not _same((a,), (b,))), len(has))
        index = f"[{at}]" if "[" in before.kinds.get(name, "[") or len(had) > 1 else ""
        what = f"{index} {had[at]} -> {has[at]}" if at < len(has) else (
            f": {len(had)} elements -> {len(has)}")
        yield Finding("uapi-value", Severity.ERROR, f"{name}{what}: old binaries have the old "
                      "table", where=context.where(0), evidence=f"{name}{what}",
                      subject=f"{name} table")


def _same(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Whether elements are the same, as numbers where they are plain ones."""
    return [_number(t) for t in one] == [_number(t) for t in two]


def _number(text: str) -> int | str:
    try:
        return int(text.strip("()").rstrip("uUlL"), 0)
    except ValueError:
        return "".join(text.split())


def _linked(before: Declared, after: Declared, new: HeaderApi, context: HeaderContext,
            ) -> Iterator[Finding]:
    """Inline functions that are static no more: nothing defines them where they are called."""
    for name, body in before.bodies.items():
        now = after.bodies.get(name)
        if body.static and now is not None and not now.static:
            line = new.functions[name].line if name in new.functions else 0
            yield Finding(
                "uapi-source", Severity.ERROR, f"{name}() is static no more: a program whose "
                "compiler does not inline it does not link, or two files of it define it",
                where=context.where(line), evidence=f"inline {name}", subject=f"{name} static")


def _functions(header: str, offer: Offered, both: tuple[Declared, Declared],
               context: HeaderContext) -> Iterator[Finding]:
    """Inline functions with another body and the parameters that they had."""
    (pair, old, new), (before, after) = offer, both
    names = [n for n, body in before.bodies.items()
             if n in after.bodies and after.bodies[n].whole != body.whole and n in old.functions
             and n in new.functions and _callable(old.functions[n])
             and len(old.functions[n].parameters) == len(new.functions[n].parameters)][:MOST]
    if not names:
        return
    calls = {n: list(_calls(old.functions[n], before.bodies[n].whole + after.bodies[n].whole))
             for n in names}
    lines = [line for n in names for line in _lines(old.functions[n], calls[n])]
    was, now = (_code(done.output) if done.ok else None for done in batch.run_all([
        Job(c, c.include(header) + USUAL + "\n".join(lines) + "\n",
            ("-S", "-O2", "-w", "-fno-asynchronous-unwind-tables", "-fcf-protection=none",
             "-o", "-")) for c in pair]))
    for name in names:
        if was is not None and now is not None and was.get(f"{OUR}b_{name}") == now.get(
                f"{OUR}b_{name}"):
            continue
        where = context.where(new.functions[name].line)
        hit = next(((c, a, b) for k, c in enumerate(calls[name])
                    if (a := _value(was, f"{OUR}b{k}_{name}")) is not None
                    and (b := _value(now, f"{OUR}b{k}_{name}")) is not None and a != b), None)
        if hit:
            became = ("another text" if "*" in old.functions[name].result else "another fraction"
                      if _kind(old.functions[name]) else f"{hit[1]} -> {hit[2]}")
            yield Finding(
                "uapi-value", Severity.ERROR, f"{hit[0]}: {became}: old binaries have the old "
                "function", where=where, evidence=f"{hit[0]} {became}",
                subject=f"{name} body", abis=(context.abi,))
        elif old.functions[name] == new.functions[name]:
            yield Finding(
                "uapi-macro", Severity.WARNING, f"{name}(): it is written otherwise and becomes "
                "other machine code; what it does was not compared", where=where,
                evidence=f"{before.bodies[name].whole}\n{after.bodies[name].whole}",
                subject=f"{name} body", abis=(context.abi,))


def _callable(function: Function) -> bool:
    return bool(function.result) and all(function.parameters) and "..." not in function.parameters


def _calls(function: Function, text: str) -> Iterator[str]:
    """Calls with constants, where all parameters are numbers: also with those of its ``text``."""
    count = len(function.parameters)
    if count > len(_ARGUMENTS[0]) or function.result == "void @" or not all(
            _SCALAR.fullmatch(p) for p in function.parameters) or not (
            _SCALAR.fullmatch(function.result) or _TEXT.fullmatch(function.result)):
        return
    rows = list(_ARGUMENTS if count else _ARGUMENTS[:1])
    told = dict.fromkeys(int(t.rstrip("uUlL"), 16 if t[1:2] in "xX" and t[1:2] else 10)
                         for t in _LITERAL.findall(text))
    rows += [(n,) * count for n in (*range(2, 8), *list(told)[:_TOLD]) if count]
    for row in dict.fromkeys(tuple(r[:count]) for r in rows):
        yield f"{function.name}({', '.join(map(str, row))})"


def _kind(function: Function) -> str:
    """How a number is made of what it returns, "" where that is one."""
    return next((form for word, form in _VALUES if word in function.result), "")


def _lines(function: Function, calls: list[str]) -> Iterator[str]:
    given = ", ".join(p.replace("@", f"a{n}") for n, p in enumerate(function.parameters)) or "void"
    call = f"{function.name}({', '.join(f'a{n}' for n in range(len(function.parameters)))})"
    back = "" if function.result == "void @" else "return "
    yield (function.result.replace("@", f"{OUR}b_{function.name}({given})")
           + f" {{ {back}{call}; }}")
    for number, text in enumerate(calls):
        value = _kind(function).format(call=text) or text
        yield f"long long {OUR}b{number}_{function.name}(void) {{ return {value}; }}"


def _code(assembly: str) -> dict[str, tuple[str, ...]]:
    """The instructions of each of our functions, labels numbered anew, with the data they use."""
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in assembly.splitlines():
        if (match := _BLOCK.match(line)) and not (
                name.startswith(OUR) and _LABEL.fullmatch(match.group(1))):
            name = match.group(1)
            blocks[name] = []
        elif line.startswith("\t.size"):
            name = ""
        elif name and (not line.startswith("\t.") or _DATA.match(line)):
            blocks[name].append(" ".join(line.split()))
    return {n: _numbered(_with_data(rows, blocks)) for n, rows in blocks.items()
            if n.startswith(OUR)}


def _with_data(rows: list[str], blocks: Mapping[str, list[str]]) -> list[str]:
    """The rows, and below them the data that they name, whatever its labels are called."""
    seen, queue, out = dict[str, str](), deque(rows), list[str]()
    while queue and len(out) < _MOST_ROWS:
        row = queue.popleft()
        for word in _SYMBOL.findall(row):
            if word in blocks and not word.startswith(OUR) and word not in seen:
                seen[word] = f"data{len(seen)}"
                queue += [f"{word}:", *blocks[word]]
        out.append(_SYMBOL.sub(lambda m: seen.get(m.group(), m.group()), row))
    return out


def _numbered(rows: list[str]) -> tuple[str, ...]:
    labels = {label: f".L{n}" for n, label in enumerate(dict.fromkeys(
        _LABEL.findall("\n".join(rows))))}
    return tuple(_LABEL.sub(lambda m: labels[m.group()], row) for row in rows)


def _value(code: dict[str, tuple[str, ...]] | None, name: str) -> int | None:
    """The constant that a function returns; None where it computes something."""
    rows = (code or {}).get(name, ())
    match = _CONSTANT.fullmatch(rows[0]) if len(rows) == 2 and rows[1] == "ret" else None
    if match is None:
        return None
    if match.group(1) is None:
        return 0
    try:
        return int(match.group(1), 0)
    except ValueError:
        return None


def _brackets(old: HeaderApi, new: HeaderApi, context: HeaderContext) -> Iterator[Finding]:
    """Macros whose expression lost the brackets around it."""
    names = [n for n, text in old.bodies.items()
             if new.bodies.get(n, text) != text and not is_open(text) and is_open(new.bodies[n])]
    if names:
        yield Finding(
            "uapi-value", Severity.ERROR, f"{listed(names)}: no brackets around the "
            f"expression any more: 2 * {names[0]} is something else than before",
            where=context.where(new.lines.get(names[0], 0)),
            evidence="\n".join(f"#define {n} {api.bodies[n]}" for n in names[:10]
                               for api in (old, new)), subject=f"{names[0]} brackets")
