# SPDX-License-Identifier: GPL-2.0-or-later
"""``./run bench``: the UAPI check beside abidiff, and mboxes read, each in one run.

Figures, never gates: speed is a ratio of medians, and what counts is which of
the breaks each of them sees.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from tests import bench_kernel, make

ROOT = Path(__file__).resolve().parent.parent
# Those of one header each: abidiff gets no folders.
PAIRS = sorted(p.parent for p in (ROOT / "tests" / "data" / "abi").glob("*/before.h")
               if (p.parent / "after.h").is_file())
RUNS = 3


def ours(before, after):
    done = subprocess.run([sys.executable, "-m", "harness", "uapi", str(before), str(after),
                           "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["breaks"] if done.stdout else None


def objects(before, after, work, flags):
    """Shared objects with all types in their DWARF, as abidiff wants them."""
    out = []
    for name, header in (("before", before), ("after", after)):
        target = work / f"{name}.so"
        subprocess.run(
            ["gcc", flags, "-idirafter", "/usr/include/x86_64-linux-gnu", "-g", "-shared", "-fPIC",
             "-nostdlib", "-fno-eliminate-unused-debug-types", "-I", str(header.parent.parent),
             "-include", str(header), "-x", "c",
             "-", "-o", str(target)], check=True, capture_output=True,
            input=b"int bench_symbol;\n")
        out.append(str(target))
    return out


def abidiff(before, after):
    """Its breaks: bit 4 of its exit code is any change that it does not call harmless."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for flags, kind in (("-m64", "abi"), ("-m32", "abi32")):
            try:
                pair = objects(before, after, Path(name), flags)
            except subprocess.CalledProcessError:
                return None
            done = subprocess.run(["abidiff", "--non-reachable-types", *pair], capture_output=True,
                                  check=False, timeout=60)
            if done.returncode < 0 or done.returncode & 3:
                return None  # it died
            if done.returncode & 12:
                found.append(kind)
    return ["abi"] if "abi" in found else found


def mailsplit(path):
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["git", "mailsplit", f"-o{name}", str(path)], check=True,
                       capture_output=True)


def mailbox():
    """A thread of some hundred mails read to a series, beside git mailsplit on the same."""
    from harness.intake import read_thread

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "thread.mbox"
        path.write_bytes(make.thread())
        size = path.stat().st_size / 1e6
        spent = timed(read_thread, str(path), Path(name))
        split = timed(mailsplit, path)
    print(f"mbox: {size / spent:.1f} MB/s ({size:.1f} MB), {spent / split:.1f}x git mailsplit, "
          "which only splits")


def timed(call, *args):
    times = []
    for _ in range(RUNS):
        start = time.monotonic()
        call(*args)
        times.append(time.monotonic() - start)
    return statistics.median(times)


def tree_headers(work):
    """kvm.h of the default series, before and after, as userspace gets them; None: no tree yet."""
    from harness import settings, trees
    from harness.apply import apply_series
    from harness.intake import find_topic, read_parts
    from harness.uapi import export_headers
    from harness.uapi.compiler import materialise

    cache = settings.load({}, os.environ).cache
    tree = trees.cached(cache, trees.known("debian-6.1"))
    if tree is None:
        return None
    port = find_topic(None, ROOT / "patches").ports[0]
    base = apply_series(read_parts(port.base), tree, tree.commit).head
    head = apply_series(read_parts(port.patches), tree, base).head
    sides = []
    for name, commit in (("before", base), ("after", head)):
        headers = export_headers(tree, commit)
        sides.append(materialise(headers, work / name, headers))
    return sides


def bench_tree(have, work):
    sides = tree_headers(work)
    if sides is None:
        print("kvm.h and all headers: NOT_RUN: './run check' fetches the tree")
        return
    mine = timed(ours, *sides)
    print(f"kvm.h changed, among all headers, median of {RUNS}: ours {mine:.2f} s")
    if have:
        headers = [side / "linux" / "kvm.h" for side in sides]
        theirs = timed(abidiff, *headers)
        print(f"  abidiff on kvm.h, with its four compilations {theirs:.2f} s, "
              f"ratio {mine / theirs:.1f}")
    types = sides[1] / "linux" / "types.h"
    types.write_text(types.read_text() + "#define HARNESS_BENCH 1\n")
    start = time.monotonic()
    ours(*sides)
    print("linux/types.h gains a name beside kvm.h, which reaches most headers: ours "
          f"{time.monotonic() - start:.1f} s")
    types.write_text(types.read_text().replace("typedef __u64 __bitwise __le64",
                                               "typedef __u32 __bitwise __le64"))
    start = time.monotonic()
    broken = ours(*sides)
    print(f"linux/types.h breaks __le64 ({', '.join(broken)}): ours "
          f"{time.monotonic() - start:.1f} s")


def bench_trees():
    """Two whole trees, when both are there: what every change between two releases costs."""
    from harness import settings, trees

    cache, names = settings.load({}, os.environ).cache, ("debian-6.1", "debian-6.12")
    if any(trees.cached(cache, trees.known(n)) is None for n in names):
        print(f"{' against '.join(names)}: NOT_RUN: 'harness uapi {' '.join(names)}' gets both")
        return
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "harness", "uapi", *names, "--json"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    print(f"{' against '.join(names)}: {len(said['headers'])} headers compared, "
          f"{len(said['findings'])} findings, {time.monotonic() - start:.0f} s")


def main():
    have = shutil.which("abidiff") is not None
    right = {"ours": 0, "abidiff": 0}
    wrong = []
    for pair in PAIRS:
        truth = tomllib.loads((pair / "truth.toml").read_text())["breaks"]
        answers = {"ours": ours(pair / "before.h", pair / "after.h")}
        if have:
            answers["abidiff"] = abidiff(pair / "before.h", pair / "after.h")
        for who, answer in answers.items():
            right[who] += answer == truth
        if have and answers["abidiff"] != truth:
            said = "died" if answers["abidiff"] is None else answers["abidiff"] or "nothing"
            wrong.append(f"{pair.name}: truth {truth or 'nothing'}, abidiff says {said}")
    print(f"right about what breaks, of {len(PAIRS)} pairs: ours {right['ours']}"
          + (f", abidiff {right['abidiff']}" if have else
             "; abidiff NOT_RUN: apt-get install abigail-tools"))
    for line in wrong:
        print(f"  {line}")
    first = PAIRS[0]
    mine = timed(ours, first / "before.h", first / "after.h")
    print(f"one pair, median of {RUNS}: ours {mine:.2f} s")
    if have:
        theirs = timed(abidiff, first / "before.h", first / "after.h")
        print(f"  abidiff with its four compilations {theirs:.2f} s, ratio {mine / theirs:.1f}")
    mailbox()
    with tempfile.TemporaryDirectory() as name:
        bench_tree(have, Path(name))
    bench_trees()
    bench_kernel.main()


if __name__ == "__main__":
    main()
