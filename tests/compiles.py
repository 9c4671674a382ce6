# SPDX-License-Identifier: GPL-2.0-or-later
"""How many files of a tree the configuration that is found for each compiles.

``python -m tests.compiles TREE --number 200 --regions 60 --seed 61``. Files are drawn at random,
one after the other, from all that are not another architecture's; one that neither the search nor
allyesconfig nor allmodconfig compiles is none that this architecture can build, and is not
counted. Prints a line for each miss, with the reason, and then the figures.
"""

import argparse
import functools
import random
import shutil
import statistics
import sys
import time
from pathlib import Path

from harness import settings, trees
from harness.arch import NATIVE_TARGET
from harness.build import environment, kbuild, kconfig, lines, listed, objects, overlay, prepared
from harness.build.codecheck import BuildSide
from harness.cover import elsewhere, search
from harness.cover.gates import Makefiles
from harness.cover.makefile import MOST_TEXT
from harness.cover.solver.__main__ import load
from harness.cover.solver.solve import solve
from harness.csource import blocks, regions
from harness.errors import CommandFailedError
from harness.run import configs
from harness.run.single import touched
from harness.system import repo
from harness.system.sandbox import Sandbox

OUTSIDE = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")


class Tree:
    """A tree, its plain configuration, and a directory to build in."""

    def __init__(self, name, place):
        values = settings.Settings(cache=place)
        say = functools.partial(print, file=sys.stderr)
        self.tree = trees.obtain(name, values.cache, say)
        self.maker = kbuild.Builder(values.cache, Sandbox(), 3, 3600, lambda _: None,
                                    values.cache / "compiles.log")
        self.config = kconfig.combine(kconfig.DATA / "tiny.config")
        base = prepared.prepare(self.maker, self.tree, self.tree.commit, self.config)
        self.sources, self.plain = base.sources, (base.out / ".config").read_text()
        self.makefiles = Makefiles(self.read)
        self.richest = 0  # files that only allmodconfig compiles
        self.asks = touched.ASKS.search(self.read("Makefile") or "")
        self.out = values.cache / "work" / "compiles"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        overlay.copied(base.out, self.out)
        self.env = environment.environment(self.maker, self.sources, self.out)
        keep = kconfig.parse("\n".join(self.config.fragments))
        self.keep = [(n, v == "y") for n, (v, _) in keep.items() if v in {"y", "n"}]
        (self.out / "plain.config").write_text(self.plain)
        self.solver = load({**self.env, "srctree": str(self.sources.root)},
                           str(self.out / "plain.config"))

    @functools.cache  # noqa: B019  (one tree for each process)
    def read(self, path):
        place = self.sources.root / path
        return place.read_text("utf-8", "replace")[:MOST_TEXT] if place.is_file() else None

    @functools.cache  # noqa: B019
    def mentions(self, name):
        return repo.users(self.tree.repo, self.tree.commit, (name,),
                          ("*Makefile*", "*Kbuild*"))[name]

    def files(self):
        every = repo.paths(self.tree.repo, self.tree.commit)
        return [p for p in every if p.endswith(".c") and not p.startswith(OUTSIDE) and (
            not p.startswith("arch/") or p.startswith(f"arch/{NATIVE_TARGET.srcarch}/"))]

    def configure(self, text):
        (self.out / ".config").write_text(text)
        kbuild.make(self.maker, self.sources, self.out, "olddefconfig")

    def lists(self, path, name):
        folder = path.rpartition("/")[0]
        if "/../" in name:
            folder = name.partition("/../")[0]
        return name in listed.listed(self.maker, self.sources, self.out, self.env,
                                     (folder,)).values()


def attempt(tree, path, extra=((),)):
    """(reason for a miss or "", seconds to configure, seconds to compile, symbols)."""
    began = time.monotonic()
    found = elsewhere.ways(tree.makefiles, path, tree.mentions, NATIVE_TARGET.srcarch)
    if not found:
        return "no Makefile mentions it", 0, 0, 0
    ways = [sorted({*way, *more}) for way in found for more in extra
            if not any((n, not on) in way for n, on in more)]
    said = solve(tree.solver, [ways], tree.keep)
    if said["unmet"]:
        said = solve(tree.solver, [ways], ())
    if said["unmet"]:
        return said["unmet"]["0"], time.monotonic() - began, 0, 0
    chosen = said["configurations"][-1]["settings"]
    try:
        tree.configure(tree.plain + search.lines(chosen).replace(" # optional", ""))
        name, folder = elsewhere.object_of(tree.makefiles, path, tree.mentions,
                                           NATIVE_TARGET.srcarch)
        middle = time.monotonic()
        made = objects.compile_objects(tree.maker, tree.sources, tree.out, [name],
                                       {name: folder} if tree.asks else {})
        if not tree.lists(path, name):
            return f"make does not list {name}, with {chosen}", middle - began, 0, len(chosen)
    except CommandFailedError as error:
        return str(error), time.monotonic() - began, 0, len(chosen)
    why = "; ".join(str(e) for _, e in made.failed)
    if why and not (again := rich(tree, chosen, name, folder)):
        why, tree.richest = "", tree.richest + 1
    elif why:
        why += f"; in allmodconfig: {again}"
    return why, middle - began, time.monotonic() - middle, len(chosen)


def rich(tree, chosen, name, folder):
    """Why an object that fails in the small configuration fails in allmodconfig too, or ""."""
    try:
        kbuild.make(tree.maker, tree.sources, tree.out, "allmodconfig")
        quiet = configs.QUIET.replace(" # optional", "")
        tree.configure((tree.out / ".config").read_text() + quiet
                       + search.lines(chosen).replace(" # optional", ""))
        made = objects.compile_objects(tree.maker, tree.sources, tree.out, [name],
                                       {name: folder} if tree.asks else {})
    except CommandFailedError as error:
        return str(error)
    return "; ".join(str(e) for _, e in made.failed)


def conditional(tree, paths, rng):
    """Lines below a CONFIG condition, one of each file that has any."""
    for path in paths:
        text = tree.read(path) or ""
        rows = blocks.around(text, range(1, text.count("\n") + 1)) if "CONFIG_" in text else {}
        rows = {k: v for k, v in rows.items() if not any("IS_ENABLED" in a.text for a in k)}
        if rows:
            asked, numbers = rng.choice(sorted(rows.items(), key=str))
            code = [n for n in numbers if not text.split("\n")[n - 1].lstrip().startswith("#")
                    and text.split("\n")[n - 1].strip()]
            if code:
                yield path, code[len(code) // 2], asked


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", help="debian-6.1, or a path@rev")
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--regions", type=int, default=0)
    parser.add_argument("--seed", type=int, default=61)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "harness")
    args = parser.parse_args()
    tree, rng = Tree(args.tree, args.cache), random.Random(args.seed)  # noqa: S311
    paths = tree.files()
    rng.shuffle(paths)
    print(f"{args.tree} {tree.tree.commit[:12]}: {len(paths)} files to draw from")
    rows, misses = [], []
    for path in paths:
        if len(rows) >= args.number:
            break
        why, find, compiling, symbols = attempt(tree, path)
        if why:
            misses.append((path, why, len(rows)))
            continue
        rows.append((path, find, compiling, symbols))
        if len(rows) % 20 == 0:
            print(len(rows), "compiled,", len(misses), "not", flush=True)
    can = truth(tree, [path for path, _, _ in misses])
    real = [row for row in misses if row[0] in can]
    for path, why, _ in real:
        print(f"miss: {path}: {why[:300]}")
    for path, why, _ in misses:
        if path not in can:
            print(f"not for {NATIVE_TARGET.srcarch}: {path}: {why[:160]}")
    if rows:
        every = len(rows) + len(real)
        print(f"compiled {len(rows)} of {every} ({100 * len(rows) / every:.1f} %); median "
              f"{median(rows, 1):.1f} s to configure, {median(rows, 2):.1f} s to compile; median "
              f"{median(rows, 3):.0f} symbols; {tree.richest} of them in allmodconfig alone")
    if args.regions:
        conditional_lines(tree, conditional(tree, paths, rng), args.regions)


def median(rows, column):
    return statistics.median(row[column] for row in rows)


def truth(tree, paths):
    """Those of some files that allyesconfig or allmodconfig compile."""
    found = set()
    for target in ("allyesconfig", "allmodconfig") if paths else ():
        kbuild.make(tree.maker, tree.sources, tree.out, target, "syncconfig")
        folders = {p.rpartition("/")[0] for p in paths}
        folders |= {folder for p in paths for folder, _ in elsewhere.listed(
            tree.makefiles, p, tree.mentions, NATIVE_TARGET.srcarch)}
        # What no Makefile names is looked for in the whole of its subsystem: amdgpu computes lists.
        near = tuple("/".join(p.split("/")[:4]) for p in paths
                     if not elsewhere.ways(tree.makefiles, p, tree.mentions, NATIVE_TARGET.srcarch))
        folders |= {p.rpartition("/")[0] for p in repo.paths(tree.tree.repo, tree.tree.commit)
                    if p.endswith(("/Makefile", "/Kbuild")) and p.startswith(near or ("-",))}
        every = listed.listed(tree.maker, tree.sources, tree.out, tree.env, sorted(folders))
        found |= {p for p in paths if f"{p[:-2]}.o" in every}
    return found


def conditional_lines(tree, drawn, number):
    """How many of some lines under a condition could be switched on."""
    on, off = 0, []
    values = regions.symbols(tree.plain)
    for path, line, asked in drawn:
        if on + len(off) >= number:
            break
        where = f"{path}:{line} ({' and '.join(map(str, asked))})"
        more = blocks.ways(asked, values)
        if not more:
            off.append((where, "no setting of its symbols does it"))
            continue
        if attempt(tree, path)[0]:
            continue  # the file itself is not to be had
        why, *_ = attempt(tree, path, more)
        name, _ = elsewhere.object_of(tree.makefiles, path, tree.mentions, NATIVE_TARGET.srcarch)
        if not why and line not in lines.seen(
                Sandbox(), BuildSide(tree.sources, tree.out), name, (path,)).get(path, ()):
            why = "the preprocessor leaves it out"
        on += not why
        off += [(where, why)] if why else []
    for where, why in off:
        print(f"off: {where}: {why[:300]}")
    print(f"switched on {on} of {on + len(off)} lines under a condition")


if __name__ == "__main__":
    main()
