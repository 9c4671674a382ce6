# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.against_gcov KERNEL [FILE...]``: lines that ran, beside what gcov counts.

KERNEL is a folder of the cache (kernels/KEY, with src/ and out/) whose kernel has KUnit suites. It
is built once more with the files profiled (Documentation/dev-tools/gcov.rst), the same suites run
on both, and each line that both know is compared. Figures, no gate. ``--cost N`` boots the kernel
N times with the log and without, one after the other, and prints the ratio of the medians.
"""

import argparse
import base64
import json
import os
import posixpath
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from harness import settings
from harness.apply import commit_content
from harness.build import kbuild, linetables
from harness.build import kernel as kernels
from harness.build.codecheck import BuildSide
from harness.cover import linetable, placed
from harness.guest import boot, kunit, trace
from harness.guest.boot import Command, Load
from harness.model import Applied, Kconfig, KernelImage, Sources
from harness.run import guests, own
from harness.system import repo, sandbox
from tests.aa_suites import tree_of

FILES = ("lib/cmdline.c", "lib/list_sort.c", "lib/linear_ranges.c", "lib/math/rational.c",
         "lib/sort.c", "lib/bitmap.c", "kernel/sysctl.c", "kernel/resource.c",
         "drivers/clk/clk.c", "drivers/clk/clk-gate.c", "drivers/clk/clk-mux.c",
         "drivers/base/property.c", "drivers/base/swnode.c", "kernel/power/qos.c",
         "net/mptcp/token.c", "net/core/dev_addr_lists.c", "lib/kunit/string-stream.c",
         "drivers/gpu/drm/drm_rect.c", "drivers/gpu/drm/drm_modes.c", "mm/slub.c")
SUITES = ("[abcefhikmnopqs]*", "drm_[cdfpr]*", "[dl][aei]*", "[rt][ah]*")
DUMP = b"""#!/bin/sh
find /sys/kernel/debug/gcov -name '*.gcda' | while read f; do
echo "== $f"; base64 "$f"; done
"""
NEAR = 256  # bytes between functions that are watched as one


def image_of(folder):
    """The kernel of a folder of the cache, its configuration, and the tree it was built from."""
    done = json.loads((folder / "done").read_text())
    image = KernelImage(folder / "out" / done["image"], folder / "out", folder.name, cached=True,
                        seconds=0, sources=Sources(folder / "src"))
    return image, Kconfig((done["made"][2],), done["made"][1]), tree_of(image.path)


def watched(box, image, files, log):
    """What the log is filtered to, and which code comes from which line."""
    tables = []
    for path in files:
        data = linetables.with_lines(box, BuildSide(image.sources, image.build_dir),
                                     f"{path[:-2]}.o", log)
        tables.append(linetable.read(data, {path: frozenset(range(1, 20_000))}))
    known = placed.symbols(linetables.symbols(box, image.build_dir))
    at = placed.place(tables, known, {f: image.sources.find(f).read_text() for f in files})
    print("lost:", *at.lost[:9], sep="\n  ")
    rows = []
    for start, size in sorted(at.ranges):
        if rows and start <= rows[-1][0] + rows[-1][1] + NEAR:
            rows[-1] = (rows[-1][0], max(rows[-1][1], start + size - rows[-1][0]))
        else:
            rows.append((start, size))
    print(f"{len(rows)} ranges")
    return tuple(rows[:trace.MOST_RANGES]), at


def boots(guest, path, load):
    """One boot for each glob of suites."""
    for number, glob in enumerate(SUITES):
        one = replace(load, append=f"{kunit._APPEND} kunit.filter_glob={glob}")
        done = boot.boot_once(guest, path, one, {}, number)
        assert done.bye, done.why
        yield guest.out / f"boot{number}", done


def profiled(tree, config, image, files, bench):
    """The kernel with gcov for these files."""
    place, maker = bench
    if (place / "out" / image.path.name).is_file():
        return replace(image, path=place / "out" / image.path.name, build_dir=place / "out")
    folders = {posixpath.dirname(f) for f in files}
    changed = {}
    for folder in folders:
        mine = [posixpath.basename(f)[:-2] for f in files if posixpath.dirname(f) == folder]
        text = repo.show(tree.repo, tree.commit, f"{folder}/Makefile").decode()
        changed[f"{folder}/Makefile"] = (text + "\n" + "".join(
            f"GCOV_PROFILE_{n}.o := y\n" for n in mine)).encode()
    made = commit_content(tree, tree.commit, changed, "gcov")
    more = replace(config, fragments=(*config.fragments, "CONFIG_GCOV_KERNEL=y\n"))
    return kernels.patched(maker, Applied(tree, tree.commit, (made,), ()), image, more, place)[0]


def counted(done, out, place, files):
    """The lines that gcov knows, and how often each ran; sums over the boots are made by hand."""
    found, data = {}, {}
    name = ""
    for line in done.lines.get("dump", ()):
        if line.startswith("== "):
            name = line[3:].removeprefix("/sys/kernel/debug/gcov/out/")
        else:
            data[name] = data.get(name, "") + line
    for path in files:
        stem = path[:-2]
        if f"{stem}.gcda" not in data:
            continue
        work = place / stem.replace("/", "-")
        work.mkdir(exist_ok=True)
        base = posixpath.basename(stem)
        (work / f"{base}.gcno").write_bytes((out / f"{stem}.gcno").read_bytes())
        (work / f"{base}.gcda").write_bytes(base64.b64decode(data[f"{stem}.gcda"]))
        said = subprocess.run(["gcov", "-j", "-t", f"{base}.gcda"], cwd=work, capture_output=True,
                              check=True).stdout
        for file in json.loads(said)["files"]:
            if file["file"].endswith(f"/{path}"):
                for row in file["lines"]:
                    key = (path, row["line_number"])
                    found[key] = max(found.get(key, 0), row["count"])
    return found


def compared(guest, maker, folder, files, place, *, same):
    """``same``: both of one boot, that of the kernel which counts."""
    box = guest.sandbox
    image, config, tree = image_of(folder)
    gcov = profiled(tree, config, image, files, (place / "gcov", maker))
    ranges, at = watched(box, gcov if same else image, files, place / "log")
    ran = set()
    for where, _ in () if same else boots(
            replace(guest, watched=ranges, out=place / "traced"), image.path, Load((), log=True)):
        ran |= set(trace.addresses(where / trace.RAN))
    counts = {}
    load = Load((), log=True, commands=(Command("dump", DUMP),), busybox=own.busybox())
    for where, done in boots(replace(guest, out=place / "counted", machine=replace(
            guest.machine, memory=1024), watched=ranges if same else ()), gcov.path, load):
        assert done.lines.get("dump"), (done.notes.get("dump"), done.missing)
        ran |= set(trace.addresses(where / trace.RAN)) if same else set()
        for key, count in counted(done, gcov.build_dir, place, files).items():
            counts[key] = max(counts.get(key, 0), count)
    executed = at.executed(ran)
    ours = at.places - (at.passed(ran) - executed)
    total = [0, 0, 0, 0]
    for path in files:
        both = sorted(k for k in ours & counts.keys() if k[0] == path)
        false = [k[1] for k in both if k in executed and not counts[k]]
        missed = [k[1] for k in both if k not in executed and counts[k]]
        hit = sum(1 for k in both if counts[k])
        print(f"{path}: {len(both)} lines both know, {hit} ran by gcov, "
              f"{len(both) - len(false) - len(missed)} agree, ours alone {false}, "
              f"gcov alone {missed}", flush=True)
        for n, more in enumerate((len(both), hit, len(false), len(missed))):
            total[n] += more
    lines, hit, false, missed = total
    print(f"together: {lines} lines, {hit} ran, {lines - false - missed} agree "
          f"({100 * (lines - false - missed) / max(1, lines):.2f} %), {false} ours alone, "
          f"{missed} gcov alone")


def cost(guest, folder, files, place, number):
    box = guest.sandbox
    image, _, _ = image_of(folder)
    ranges, _ = watched(box, image, files, place / "log")
    times = {True: [], False: []}
    for _ in range(number):
        for logs in (False, True):
            started = time.monotonic()
            one = replace(guest, watched=ranges if logs else (), out=place / "cost")
            done = boot.boot_once(one, image.path, Load((), log=True, append=(
                f"{kunit._APPEND} kunit.filter_glob={SUITES[0]}")), {}, 0)
            assert done.bye, done.why
            times[logs].append(time.monotonic() - started)
    without, with_ = (sorted(times[key]) for key in (False, True))
    print(f"{number} boots each: {statistics.median(without):.2f} s without "
          f"({without[0]:.2f} to {without[-1]:.2f}), {statistics.median(with_):.2f} s with the log "
          f"({with_[0]:.2f} to {with_[-1]:.2f}): "
          f"{statistics.median(with_) / statistics.median(without):.3f}")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernel", type=Path)
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--keep", type=Path, help="where the kernel with gcov is, or is left")
    parser.add_argument("--same-boot", action="store_true", help="both of one boot")
    parser.add_argument("--cost", type=int, default=0)
    args = parser.parse_args(argv)
    values = settings.load({}, os.environ)
    box = sandbox.get(enabled=True)
    with tempfile.TemporaryDirectory() as name:
        place = args.keep or Path(name)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
        init = boot.compile_init(place / "init", box, place / "log")
        guest = kunit._patient(guests.guest(values, box, place / "guest", init, lambda _: None))
        maker = kbuild.Builder(place, box, 3, 3600, print, place / "log")
        if args.cost:
            cost(guest, args.kernel, args.files, place, args.cost)
        else:
            compared(guest, maker, args.kernel, args.files, place, same=args.same_boot)


if __name__ == "__main__":
    main(sys.argv[1:])
