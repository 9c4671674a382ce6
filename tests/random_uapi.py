# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers made at random, one thing changed in each, and what compilers say of it.

``python -m tests.random_uapi SEED COUNT [--only N ...]``: makes pairs, compiles a set of uses of
the old header with both, and asks the checker. Prints each pair of which the two say something
else, and how many there were. The uses are made from the same model as the header, and not by the
checker.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.report import promises
from harness.system import sandbox
from harness.uapi.check import check_headers
from harness.uapi.result import NONE
from tests.random_headers import INTEGERS, changed, made, text

BATCH = 40  # pairs that are compared at a time
STRICT = ("-Werror=incompatible-pointer-types", "-Werror=int-conversion",  # as gcc 14 has it
          "-Werror=implicit-function-declaration")


@dataclass(frozen=True)
class Probe:
    """A line of userspace: ``kind`` is source or abi; an abi line counts where ``needs`` holds."""

    kind: str
    code: str
    needs: str = ""
    only: str = ""  # "c" or "c++"


def probes(model, sizes):
    """What userspace does with a header; ``sizes`` has sizes and places as gcc gave them."""
    rows = []
    for tag, fields in model.structs.items():
        rows.append(Probe("abi", f"sizeof(struct {tag}) == {sizes[tag]}", f"sizeof(struct {tag})"))
        rows += [p for f in fields for p in _field_probes(tag, f, sizes)]
    for number, name in enumerate(model.enum):
        rows += [Probe("source", f"int @(void) {{ return {name}; }}"),
                 Probe("abi", f"(int)({name}) == {number}", f"(int)({name}) + 1")]
    for name, value in (*model.numbers.items(), *((n, sizes[n]) for n in model.ioctls)):
        rows += [Probe("source", f"long long @(void) {{ return {name}; }}"),
                 Probe("abi", f"({name}) == {value}", f"({name}) + 1")]
    for call in model.calls:
        given = [str(11 + n) for n in range(len(call.factors))]
        rows.append(Probe("source", f"__u64 @(void) {{ return {call.name}({', '.join(given)}); }}"))
        if not call.inline:
            value = sum(int(g) * f for g, f in zip(given, call.factors, strict=True))
            rows.append(Probe("abi", f"{call.name}({', '.join(given)}) == {value}",
                              f"{call.name}({', '.join(given)})"))
    for name, value in model.strings.items():
        rows += [Probe("source", f'const char *@(void) {{ return "" {name}; }}'),
                 Probe("abi", f'__builtin_strcmp({name}, "{value}") == 0', f"sizeof({name})")]
    return rows


def _field_probes(tag, f, sizes):
    """What userspace does with one field."""
    rows = []
    own, what = f"struct {tag} *p", f"p->{f.name}"
    there = f"sizeof(((struct {tag} *)0)->{f.name})"
    rows.append(Probe("source", f"void @({own}) {{ (void){what}; }}"))
    rows.append(Probe("abi", f"__builtin_offsetof(struct {tag}, {f.name}) == "
                      f"{sizes[tag, f.name]}", there))
    rows.append(Probe("abi", f"{there} == {sizes[tag, f.name, 'size']}", there))
    same = (f"{there} == {sizes[tag, f.name, 'size']} && "
            f"__builtin_offsetof(struct {tag}, {f.name}) == {sizes[tag, f.name]}")
    if f.sizes:
        rest = "".join(f"[{n}]" for n in f.sizes[1:])
        pointer = f"{f.kind} (*q){rest}" if rest else f"{f.kind} *q"
        rows.append(Probe("typed", f"void @({own}) {{ {pointer} = {what}; (void)q; }}",
                          same))
        rows.append(Probe("abi", f"sizeof(((struct {tag} *)0)->{f.name}[0]) == "
                          f"{sizes[tag, f.name, 'element']}",
                          f"sizeof(((struct {tag} *)0)->{f.name}[0])"))
        rows.append(Probe("source", f"void @({own}) {{ (void){what}[0]; }}"))
        return rows
    rows += [Probe("typed", f"void @({own}) {{ {f.kind} *q = &{what}; (void)q; }}", same),
             Probe("typed", f"{f.kind} @({own}) {{ return {what}; }}", same),
             Probe("typed", f"void @({own}, {f.kind} v) {{ {what} = v; }}", same)]
    if f.kind.startswith("struct ") and "*" not in f.kind:  # none of another type is taken
        rows.append(Probe("source", f"void @({own}, {f.kind} *v) {{ {what} = *v; }}"))
    if f.kind == "enum e_kind":  # no pointer is one
        rows.append(Probe("source", f"void @({own}, {f.kind} v) {{ {what} = v; }}"))
    if "*" in f.kind:  # it is set, whatever it points to, and followed
        rows.append(Probe("source", f"void @({own}, void *v) {{ {what} = "
                          f"(__typeof__({what}))v; *(char *){what} = 0; }}"))
    if f.kind in INTEGERS or f.kind in {"char", "unsigned long"}:
        rows.append(Probe("source", f"void @({own}) {{ {what} = 0; }}"))
        rows.append(Probe("source", f"__u64 @({own}) {{ return {what}; }}"))
    return rows


def _gcc(folder, name, lines, *flags):
    """The numbers of the lines that do not compile, or None where the header itself does not."""
    source = f'#include <linux/{name}.h>\n#line 1 "probes.c"\n' + "\n".join(lines) + "\n"
    done = subprocess.run(
        ["gcc", "-I", str(folder), "-idirafter", "/usr/include/x86_64-linux-gnu",
         "-fsyntax-only", "-fmax-errors=0", *flags, "-"], input=source, text=True,
        capture_output=True, check=False)
    wrong = {int(n) - 1 for n in re.findall(r"^probes\.c:(\d+):(?:\d+:)? error", done.stderr,
                                            re.MULTILINE)}
    return wrong if wrong or done.returncode == 0 else None


def _asked(model):
    """Sizes, places and ioctl numbers, each as the expression that has it."""
    asked = {}
    for tag, fields in model.structs.items():
        asked[tag] = f"sizeof(struct {tag})"
        for f in fields:
            here = f"((struct {tag} *)0)->{f.name}"
            asked[tag, f.name] = f"__builtin_offsetof(struct {tag}, {f.name})"
            asked[tag, f.name, "size"] = f"sizeof({here})"
            if f.sizes:
                asked[tag, f.name, "element"] = f"sizeof({here}[0])"
    asked |= {n: n for n in model.ioctls}
    return asked


def _known(folder, name, model, flag):
    asked = _asked(model)
    source = (f"#include <linux/{name}.h>\n"
              f"unsigned long long v[] = {{ {', '.join(asked.values())} }};\n")
    done = subprocess.run(["gcc", flag, "-I", str(folder), "-idirafter",
                           "/usr/include/x86_64-linux-gnu", "-S", "-o", "-", "-x", "c", "-"],
                          input=source, text=True, capture_output=True, check=True)
    words = [int(v) for v in re.findall(r"\.(?:quad|long)\t(-?\d+)", done.stdout)]
    if flag == "-m32":
        words = words[::2]  # the low half comes first
    return dict(zip(asked, words, strict=True))


def truth(folders, name, model):
    """The breaks that compilers show, and what showed each."""
    found = {}
    for flag, abi in (("-m64", "abi"), ("-m32", "abi32")):
        rows = probes(model, _known(folders[0], name, model, flag))
        for language in ("c", "c++"):
            if flag == "-m32" and language == "c++":
                continue
            how = (flag, "-x", language, *STRICT) if language == "c" else (
                flag, "-x", language, "-std=c++17", "-w")
            lines = [_line(n, p) for n, p in enumerate(rows)]
            needs = [_need(n, p) for n, p in enumerate(rows)]
            old, new = (_gcc(f, name, lines, *how) for f in folders)
            lacking = _gcc(folders[1], name, needs, *how)
            assert old is not None, f"{name}: the old header does not compile"
            if new is None or lacking is None:
                found["source"] = "the header does not compile"
                continue
            for number in sorted(new - old):
                probe = rows[number]
                if probe.kind == "abi" and number not in lacking and language == "c":
                    found.setdefault(abi, probe.code)
                elif flag == "-m64" and (probe.kind == "source" or (
                        probe.kind == "typed" and number not in lacking)):
                    found.setdefault("source", f"{language}: {probe.code}")
    if "abi" in found:
        found.pop("abi32", None)
    return found


def _line(number, probe):
    if probe.kind == "abi":
        return f"typedef char t{number}_[({probe.code}) ? 1 : -1];"
    return probe.code.replace("@", f"g{number}_")


def _need(number, probe):
    """A line that compiles where what a probe is about is still there and has its place."""
    if not probe.needs:
        return ""
    if probe.kind == "typed":
        return f"typedef char t{number}_[({probe.needs}) ? 1 : -1];"
    return f"unsigned long long n{number}_(void) {{ return {probe.needs}; }}"


def said(result, header):
    """The breaks that the checker found in one of the headers."""
    mine = [f for f in result.findings if f.where.path.removeprefix("include/uapi/") == header]
    return set(promises.breaks(mine)), mine


def agree(way, told, ours):
    """Whether both say the same; a field that is gone may have left a hole that nobody asserts."""
    if way == "field gone":
        return (ours | {"abi"}) == (told | {"abi"}) or (ours | {"abi32"}) == (told | {"abi"})
    return ours == told


def run(seed, count, show=print, only=()):
    """Make ``count`` pairs and compare; returns how many there were of each change, and of which
    the two say something else. ``only``: the numbers of those that are compared.
    """
    rng = random.Random(seed)  # noqa: S311  (no secret: the same seed makes the same headers)
    box, seen, odd = sandbox.get(enabled=True), Counter(), []
    for start in range(0, count, BATCH):
        rows, before, after = [], {}, {}
        for number in range(start, min(start + BATCH, count)):
            name, model = f"r{number}", made(rng)
            new, way = changed(model, rng)
            if only and number not in only:
                continue
            before |= text(model, name)
            after |= text(new, name)
            rows.append((name, model, way))
            seen[way] += 1
        if not rows:
            continue
        paths = {n: f"include/uapi/{n}" for n in after if before.get(n) != after[n]}
        result = check_headers(before, after, paths, box, NONE)
        with tempfile.TemporaryDirectory() as place:
            folders = [Path(place) / side for side in ("before", "after")]
            for folder, headers in zip(folders, (before, after), strict=True):
                for header, words in headers.items():
                    (folder / header).parent.mkdir(parents=True, exist_ok=True)
                    (folder / header).write_text(words)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                tolds = list(pool.map(lambda row: truth(folders, *row[:2]), rows))  # noqa: B023
            for (name, _, way), told in zip(rows, tolds, strict=True):
                ours, findings = said(result, f"linux/{name}.h")
                if not agree(way, set(told), ours):
                    odd.append(name)
                    show(f"--- {name} ({way}): compilers {told or 'nothing'}, the checker {ours}\n"
                         + "\n".join(f"    {f.severity.value} {f.rule} {f.text}"
                                     for f in findings)
                         + f"\n{before[f'linux/{name}.h']}---\n{after[f'linux/{name}.h']}")
    return seen, odd


def main():
    """Count the pairs of which compilers and the checker say something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--only", type=int, nargs="*", default=(), help="these numbers alone")
    args = parser.parse_args()
    seen, odd = run(args.seed, args.count, only=args.only)
    for way, number in sorted(seen.items()):
        sys.stdout.write(f"{number:6d}  {way}\n")
    sys.stdout.write(f"{sum(seen.values())} pairs, {len(odd)} of which the two say something "
                     "else\n")
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
