# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel trees of other ages: what works on each, one row a tree.

    python -m tests.zoo debian-6.1 ~/linux@v4.19 ...        all of it: half an hour a tree
    python -m tests.zoo --only export,headers TREE          seconds

docs/trees.md keeps what it printed. Columns:

export    headers that are byte for byte what the tree's own make exports, of 5 architectures
headers   headers that are compared, in both ABIs of x86
A/A       findings of the UAPI check when every header is compared with itself
lint      whether 'harness lint' of the lead case ends well
harmless, v3, v2   the verdict of each on this tree, tests that ran on both, seconds
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness import settings, trees
from harness.arch import NATIVE
from harness.build import kbuild
from harness.model import Sources, Tree
from harness.system import proc, repo, sandbox
from harness.uapi import headers
from harness.uapi.check import check_headers
from harness.uapi.compiler import Compiler, failing, materialise
from harness.uapi.prelude import needed
from harness.uapi.result import Options

ARCHES = ("x86", "arm64", "riscv", "s390", "powerpc")
PARTS = ("export", "headers", "aa", "harmless", "v3", "v2")
VALUES = settings.load({}, os.environ)


@dataclass(frozen=True)
class Place:
    """A tree, and its sources on disk."""

    tree: Tree
    wanted: str
    sources: Path

    def files(self, srcarch: str) -> dict[str, bytes]:
        return repo.read_files(self.tree.repo, self.tree.commit, headers.under(srcarch))


def theirs(place: Place, srcarch: str, out: Path) -> dict[str, bytes]:
    """What the tree's own make exports, in the sandbox."""
    box = sandbox.get(enabled=True)
    builder = kbuild.Builder(VALUES.cache, box, os.cpu_count() or 1, 900, lambda _: None,
                             out.parent / "log")
    # "make headers" came with 5.3; before, there is only headers_install, which wants a target
    words = ("headers",) if b"\nheaders:" in (place.sources / "Makefile").read_bytes() else (
        "headers_install", f"INSTALL_HDR_PATH={box.path(out, '/out')}/usr")
    box.grant((place.sources,), (out,))
    proc.run(kbuild.line(builder, Sources(place.sources), out, *words, f"ARCH={srcarch}"),
             merge=True, timeout=900, log=builder.log)
    top = out / "usr" / "include"
    return {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*.h")}


def differing(place: Place, srcarch: str) -> tuple[int, list[str]]:
    """How many headers there are, and those that differ from our own export."""
    with tempfile.TemporaryDirectory(dir=VALUES.cache) as name:
        out = Path(name) / "out"
        out.mkdir()
        wanted = theirs(place, srcarch, out)
    ours = {n: t.encode("utf-8", "surrogateescape")
            for n, t in headers.exported(place.files(srcarch), srcarch).items()}
    return len(wanted), sorted(n for n in {**wanted, **ours} if wanted.get(n) != ours.get(n))


def export(place: Place) -> str:
    rows = {a: differing(place, a) for a in ARCHES}
    bad = {a: names for a, (_, names) in rows.items() if names}
    for arch, names in bad.items():
        print(f"  {arch}: {', '.join(names[:8])} ({len(names)})", file=sys.stderr)
    total = sum(n for n, _ in rows.values())
    return f"{total - sum(map(len, bad.values()))}/{total}"


def compared(place: Place) -> str:
    """How many headers compile in both ABIs of this machine, alone or after what they need."""
    exported = headers.install(place.files("x86"), "x86")
    missed = set()
    with tempfile.TemporaryDirectory() as name:
        where = materialise(exported, Path(name), exported)
        for abi in NATIVE:
            compiler = Compiler(sandbox.get(enabled=True), where, abi.flags, abi.program)
            alone = failing(compiler, sorted(exported))
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                found = pool.map(lambda h, c=compiler: (h, needed(c, h)), alone)
                missed |= {h for h, lines in found if lines is None}
    for header in sorted(missed):
        print(f"  not compared: {header}", file=sys.stderr)
    share = 100 * (1 - len(missed) / len(exported))
    return f"{len(exported) - len(missed)}/{len(exported)} ({share:.1f} %)"


def against_itself(place: Place, every: int) -> str:
    """Headers compared with themselves: whatever is found is a false alarm."""
    exported = headers.install(place.files("x86"), "x86")
    # What includes one of these is looked at as well, so fewer than all reach nearly all.
    chosen = sorted(exported)[::every]
    started = time.monotonic()
    result = check_headers(exported, exported, {h: h for h in chosen},
                           sandbox.get(enabled=True), Options())
    for finding in result.findings[:20]:
        print(f"  A/A: {finding.message} [{finding.id}]", file=sys.stderr)
    return (f"{len(result.findings)} findings in {len(chosen)} headers, "
            f"{time.monotonic() - started:.0f} s")


def verdict(place: Place, series: str) -> str:
    """What a whole check says of one series of the lead case."""
    with tempfile.TemporaryDirectory() as name:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "harness", "check", "-q", f"patches/coalesced-pio/{series}",
             "--tree", place.wanted, "--out", name], cwd=settings.ROOT, check=False,
            capture_output=True, text=True)
        took = time.monotonic() - started
        report = Path(name) / "report.json"
        if not report.is_file():
            return f"exit {done.returncode}"
        return summary(json.loads(report.read_text()), took)


def summary(data: dict, took: float) -> str:
    """A report in one cell: verdict, what became of tests, the rules that found errors."""
    same = sum(1 for t in data["tests"] if t["change"] == "same")
    new = sum(1 for t in data["tests"] if t["change"] == "newly-available")
    bad = sum(1 for t in data["tests"] if t["change"] in {"regression", "new-failure", "lost"})
    known = sum(1 for t in data["tests"] if t["change"] == "already-failing")
    rules = sorted({f["rule"] for f in data["findings"] if f["severity"] == "error"})
    words = ", ".join(filter(None, (f"{same} same", f"{new} new" * bool(new),
                                    f"{bad} failing" * bool(bad),
                                    f"{known} fail on the base too" * bool(known))))
    return f"{data['verdict']} ({words}; {took:.0f} s)" + (f": {' '.join(rules)}" if rules else "")


def version(place: Place) -> str:
    text = headers.exported(place.files("x86"), "x86").get("linux/version.h", "")
    code = int(text.split()[2]) if text else 0
    return f"{code >> 16}.{(code >> 8) & 255}.{code & 255}"


def row(wanted: str, parts: list[str], every: int) -> list[str]:
    tree = trees.obtain(wanted, VALUES.cache, lambda _: None)
    with tempfile.TemporaryDirectory(dir=VALUES.cache) as name:
        place = Place(tree, wanted, Path(name) / "src")
        if "export" in parts:
            place.sources.mkdir()
            repo.export(tree.repo, tree.commit, place.sources, Path(name) / "index")
        cells = [f"{tree.name} {version(place)}"]
        for part in parts:
            print(f"{tree.name}: {part}", file=sys.stderr)
            cells.append({"export": export, "headers": compared,
                          "aa": lambda p: against_itself(p, every)}.get(
                part, lambda p, part=part: verdict(p, part))(place))
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("trees", nargs="+", metavar="TREE")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="A/A: every Nth header (default: all)")
    args = parser.parse_args()
    parts = args.only.split(",")
    print(f"| tree | {' | '.join(parts)} |\n|---|{'---|' * len(parts)}", flush=True)
    for wanted in args.trees:
        print(f"| {' | '.join(row(wanted, parts, args.every))} |", flush=True)


if __name__ == "__main__":
    main()
