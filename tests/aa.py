# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m tests.aa KERNEL [N [ARCH]]``: the same kernel as base and as patched, N times.

Every difference that is reported is a false alarm. './run check --keep --out DIR' leaves
a kernel in DIR/kernel/out. Figures, no gate: docs/performance.md has those of 200.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from harness import compare, profiles, settings
from harness.arch import MACHINES
from harness.errors import CommandFailedError
from harness.run import guests, workload
from harness.settings import ROOT
from harness.system import sandbox


def main(kernel, number, arch):
    machine = next((m for m in MACHINES if m.name == arch), None)
    values = settings.load({}, os.environ)
    box = sandbox.get(enabled=True)
    alarms, statuses = Counter(), Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        work = workload.NOTHING
        for profile in profiles.load_all(ROOT / "kselftests"):
            try:
                work += workload.prepare(profile, None, place / profile.name, box,
                                         log=place / "log", operations=values.operations,
                                         machine=machine)
            except CommandFailedError as error:  # a kernel alone still boots, or does not
                print(f"{profile.name}: {error.message}")
        guest = guests.of_one_kernel(values, place, place / "init", lambda _: None, machine)
        for pair in range(1, number + 1):
            before, after = (workload.run(replace(guest, out=place / side), kernel, work)
                             for side in ("before", "after"))
            found = compare.findings(compare.changes(before, after), frozenset())
            alarms.update(f.id + " " + f.message for f in found)
            statuses.update(t.status.value for run in (before, after) for p in run.outcomes
                            for t in p.children)
            print(f"{pair}: {len(found)} differences, {sum(statuses.values())} tests so far: "
                  f"{dict(statuses)}", flush=True)
    print(json.dumps({"kernel": str(kernel), "pairs": number, "alarms": alarms,
                      "seconds": round(time.monotonic() - started), "tests": statuses}, indent=1))
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200,
                  sys.argv[3] if len(sys.argv) > 3 else ""))
