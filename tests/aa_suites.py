# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.aa_suites kunit|TARGET KERNEL [N]``: the tree's own tests, twice on one kernel.

KERNEL is a folder of the cache (kernels/KEY, with src/ and out/). Every difference that would be
reported is a false alarm, and every test that does not always end alike is named. Figures, no
gate.
"""

import json
import os
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from harness import compare, settings
from harness.build import kbuild, selftests
from harness.guest import boot, commands, kunit, splat, twice
from harness.model import Sources, Status, Tree
from harness.run import guests
from harness.run.suites import running
from harness.suites import kunit as suites
from harness.system import repo, sandbox
from harness.uapi.series import export_to

SECONDS = 20.0  # as for a target that nobody asked for


class Suites:
    """The KUnit suites of a kernel; the first run says which of them cost the others their boot."""

    def __init__(self, guest, kernel):
        self.kernel = kernel
        tree = tree_of(kernel)
        paths = repo.grep(tree.repo, tree.commit, rf"\b{suites.WORD}(init_section_)?suite",
                          suites.GLOBS)
        texts = ((p, repo.show(tree.repo, tree.commit, p).decode()) for p in paths)
        found = kunit.apart(guest, kernel, {s.name for p, t in texts for s in suites.suites(p, t)})
        self.names, self.without = found.seen, {*found.dead, *(name for name, _ in found.slow)}

    def run(self, guest, known=None):
        return kunit.run_suites(guest, self.kernel, self.names, frozenset(self.without), known)

    def again(self, guest, names):
        return kunit.run_alone(guest, self.kernel, [n.removeprefix(splat.SUITE) for n in names])


def tree_of(image):
    """The tree that a kernel of the cache was built from."""
    folder = image.parent.parent
    commit = json.loads((folder / "done").read_text())["commit"]
    return Tree("", folder.parent.parent / "trees.git", commit, "")


class Programs:
    """The programs of a target; what the first run was too slow for is left out."""

    def __init__(self, guest, kernel, target, place):
        self.kernel = kernel
        sources = Sources(kernel.parent.parent / "src")
        maker = kbuild.Builder(place, guest.sandbox, 2, 3600, print, place / "log")
        tree = tree_of(kernel)
        headers = export_to(tree, tree.commit, place / "headers")
        made = selftests.build(maker, sources, headers, place / "out", target)
        self.todo = tuple(commands.Command(running.name_of(n), zlib.decompress(c), (), SECONDS)
                          for n, c in made.programs)
        first = self.run(guest)
        slow = {p.name for p in first.outcomes if p.status is Status.TIMEOUT}
        self.todo = tuple(c for c in self.todo if c.name not in slow)

    def run(self, guest, known=None):
        return commands.run_commands(guest, self.kernel, self.todo, known=known)


    def again(self, guest, names):
        todo = [c for c in self.todo if c.name in names]
        return commands.run_commands(guest, self.kernel, todo, known=None)


def main(what, kernel, number):
    values = settings.load({}, os.environ)
    box = sandbox.get(enabled=True)
    ended, alarms, times = defaultdict(Counter), Counter(), []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        init = boot.compile_init(place / "init", box, place / "log")
        guest = guests.guest(values, box, place / "guest", init, lambda _: None)
        image = next(p for p in (kernel / "out" / "vmlinux", kernel / "out" / "bzImage")
                     if p.is_file())
        tests = Suites(guest, image) if what == "kunit" else Programs(guest, image, what, place)
        for pair in range(1, number + 1):
            started = time.monotonic()
            before = tests.run(replace(guest, out=place / "before"))
            middle = time.monotonic()
            after = tests.run(replace(guest, out=place / "after"), before.failing)
            later = time.monotonic()
            if doubt := twice.doubtful(before, after):
                before = twice.settled(before, tests.again(
                    replace(guest, out=place / "again"), doubt))
            times += [middle - started, later - middle]
            found = compare.findings(compare.changes(before, after), frozenset())
            alarms.update(f.message for f in found)
            for run in (before, after):
                for program in run.outcomes:
                    for test in program.children:
                        ended[f"{program.name}.{test.name}"][test.status.value] += 1
            print(f"{pair}: {len(found)} differences, {times[-2]:.0f} and {times[-1]:.0f} s",
                  flush=True)
    unsteady = {n: dict(c) for n, c in ended.items() if len(c) > 1}
    print(json.dumps({"what": what, "pairs": number, "tests": len(ended), "alarms": alarms,
                      "unsteady": unsteady, "median": sorted(times)[len(times) // 2]}, indent=1))
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 20))
