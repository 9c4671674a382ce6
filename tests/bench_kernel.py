# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel part of ``./run bench``: ratios in one run, never gates.

The floor is what a person would type: make in a copy of the base with the series' files in
it, and QEMU with the same kernel, programs and command line, without a sandbox and without
anybody who watches. virtme-ng boots the same kernel and runs the same programs.
"""

import os
import re
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from harness import profiles, settings, trees
from harness.apply import apply_series
from harness.build import kbuild, kconfig, kernel, overlay
from harness.guest import boot
from harness.intake import find_topic, read_parts
from harness.model import Sources
from harness.run import guests, workload
from harness.system import sandbox

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "tests" / "data" / "bench" / "virtme.config"
ROUNDS = 3


def spent(call, *args, **kwargs):
    start = time.monotonic()
    call(*args, **kwargs)
    return time.monotonic() - start


def compare(name, ours, others):
    """Alternates, so that the machine's mood is everybody's; prints medians and ratios."""
    times = {"ours": [], **{other: [] for other in others}}
    for _ in range(ROUNDS):
        for who, call in (("ours", ours), *others.items()):
            times[who].append(call())
    mine = statistics.median(times.pop("ours"))
    print(f"{name}: ours {mine:.1f} s, median of {ROUNDS}")
    for who, seconds in times.items():
        other = statistics.median(seconds)
        print(f"  {who} {other:.1f} s, ours is {mine / other:.2f} x that")


class Workspace:
    """The default series on the default tree, if it is there."""

    def __init__(self, values, tree, work):
        self.values, self.work = values, work
        self.box = sandbox.get(enabled=True)
        self.port = find_topic(None, ROOT / "patches").ports[0]
        base = apply_series(read_parts(self.port.base), tree, tree.commit).head
        self.applied = apply_series(read_parts(self.port.patches), tree, base)
        self.profiles = profiles.load_all(ROOT / "kselftests")
        self.maker = kbuild.Builder(values.cache, self.box, values.parallel, 3600, print,
                                    work / "log")

    def base(self, *more):
        config = kconfig.combine(kconfig.DATA / "tiny.config",
                                 *(p.config for p in self.profiles), *more)
        return config, kernel.base(self.maker, self.applied.tree, self.applied.base, config)


def bench_build(bench):
    config, image = bench.base()
    quiet = replace(bench.maker, say=lambda _: None)
    plain = bench.work / "plain"
    plain.mkdir()
    sources = overlay.laid_over(bench.applied.tree, image.sources, bench.applied.base,
                                bench.applied.head, bench.work / "over")

    def ours():
        return spent(kernel.patched, quiet, bench.applied, image, config, bench.work / "ours")

    def floor():
        # The directories are those that the objects know, so that make has as little to do.
        for name in ("src", "out"):
            shutil.rmtree(plain / name, ignore_errors=True)
        overlay.linked(sources, plain / "src")
        subprocess.run(["cp", "-a", str(image.build_dir), str(plain / "out")], check=True)
        line = kbuild.line(quiet, Sources(plain / "src"), plain / "out", "vmlinux")
        return spent(subprocess.run, line, check=True, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)

    compare("incremental build of the series, with the copy of the objects", ours,
            {"plain make": floor})


def bench_guest(bench):
    _, image = bench.base(CONFIG)
    work = workload.NOTHING
    for profile in bench.profiles:
        work += workload.prepare(profile, None, bench.work / profile.name, bench.box,
                                 log=bench.work / "log", operations=bench.values.operations)
    init = boot.compile_init(bench.work / "init", bench.box, bench.work / "log")
    where = guests.guest(replace(bench.values, guests=1), bench.box, bench.work / "guest", init,
                           lambda _: None)
    bare = replace(where, sandbox=sandbox.Sandbox(enabled=False), out=bench.work / "bare")
    todo = {p.name: list(p.tests) for p in work.programs}

    def ours():
        return spent(workload.run, where, image.path, work)

    def floor():
        folder, _ = boot.prepare(bare, work.load(), todo, 1)
        line = boot.command(bare, image.path, folder)
        return spent(subprocess.run, line, check=True, stdout=subprocess.DEVNULL,
                     stdin=subprocess.DEVNULL)

    others = {"plain QEMU": floor}
    if vng := shutil.which("vng"):
        others["virtme-ng"] = lambda: virtme(vng, image.path, work, bench.work)
    compare("all programs in one guest", ours, others)
    if not vng:
        print("  virtme-ng NOT_RUN: pip install virtme-ng; PATH=...:$PATH ./run bench")


def virtme(vng, kernel, work, place):
    """The same programs one after another, by virtme-ng."""
    script = place / "script"
    rows = [f"{shlex.quote(str(p.path))} -t 20 {' '.join(p.tests)}" for p in work.programs]
    data = place / "data"
    data.mkdir(exist_ok=True)
    for name, content in work.load().data.items():
        (data / name).write_bytes(content)
    script.write_text("#!/bin/sh\nmkdir -p /run/data\n" + "\n".join(
        f"REPLAY={data}/replay {row}" for row in rows) + "\necho ALL-RAN\n")
    script.chmod(0o755)
    command = [vng, "--run", str(kernel), "--disable-kvm", "--disable-microvm", "--force-9p",
               "--cpus", "2", "--memory", "512", "--verbose", "--append", "kvm_amd.npt=0",
               "--exec", str(script)]
    out = place / "vng.log"
    with out.open("wb") as log:
        took = spent(subprocess.run, ["script", "-qec", shlex.join(command), "/dev/null"],
                     stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False, timeout=300)
    text = out.read_text("utf-8", "replace")
    if "ALL-RAN" not in text or len(re.findall(r"^ok ", text, re.MULTILINE)) < 20:
        print(f"  virtme-ng did not run all of it: {text[-300:]!r}")
    return took


def main():
    values = settings.load({}, os.environ)
    tree = trees.cached(values.cache, trees.known("debian-6.1"))
    if tree is None:
        print("kernel and guest: NOT_RUN: './run check' fetches the tree")
        return
    # On the cache's own device, as a run's working directory is: hard links work there.
    (values.cache / "work").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=values.cache / "work", prefix="bench-") as name:
        bench = Workspace(values, tree, Path(name))
        bench_build(bench)
        bench_guest(bench)


if __name__ == "__main__":
    main()
