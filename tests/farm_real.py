# SPDX-License-Identifier: GPL-2.0-or-later
"""A simulated week, really: ``python -m tests.farm_real [--series N] [--minutes M] [--workers N]``.

The arrivals of tests.farm_sim come as mails into a maildir, the week in so many minutes, and a
real ``harness watch --level lint`` checks them. Prints how long each series waited for its verdict,
beside what the simulation says of the same arrivals with the times that the jobs really took.
"""

import argparse
import json
import math
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from email.utils import formatdate
from pathlib import Path

from harness.farm.ledger import NAME
from tests import farm_sim

WEEK = 7 * 24 * farm_sim.HOUR
PATCH = """From: Some One <one{number}@example.org>
Date: {date}
Message-ID: <{number}.{seed}@example.org>
Subject: [PATCH] toy{number}: count to {number}

It counts one further, since one more has come.

Signed-off-by: Some One <one{number}@example.org>
---
 drivers/toy/toy{number}.c | 1 +
 1 file changed, 1 insertion(+)

diff --git a/drivers/toy/toy{number}.c b/drivers/toy/toy{number}.c
--- a/drivers/toy/toy{number}.c
+++ b/drivers/toy/toy{number}.c
@@ -1,3 +1,4 @@
 int toy;
+int count = {number};
 int other;
 int last;
"""


def deliver(box, times, faster, seed):
    """Let the mails come when it is their time; returns when each came."""
    began = time.time()
    for number, at in enumerate(times):
        time.sleep(max(0.0, began + at / faster - time.time()))
        text = PATCH.format(number=number, seed=seed, date=formatdate(time.time()))
        (box / "tmp" / str(number)).write_text(text)
        (box / "tmp" / str(number)).rename(box / "new" / str(number))
    return began


def rows_of(state):
    """The jobs that are done, as (number of the mail, waited for, took); and how many are not."""
    with sqlite3.connect(state / NAME) as file:
        done = file.execute(
            "select s.title, m.at, j.began, j.ended, j.state from job j join series s "
            "on s.key = j.series join mail m on m.thread = s.thread").fetchall()
    return [(int(title.rsplit(" ", 1)[1]), began, ended) for title, _, began, ended, what in done
            if what == "done"], sum(row[-1] != "done" for row in done)


def told(name, row):
    row = sorted(row)
    print(f"| {name} | {row[len(row) // 2]:.1f} s | {row[int(len(row) * 0.95)]:.1f} s "
          f"| {row[-1]:.1f} s |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=100, help="a day (default: 100)")
    parser.add_argument("--minutes", type=float, default=17.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=22)
    args = parser.parse_args()
    times = farm_sim.arrivals(random.Random(args.seed), args.series, 7)  # noqa: S311
    faster = WEEK / (args.minutes * 60)
    with tempfile.TemporaryDirectory() as name:
        box, state = Path(name) / "box", Path(name) / "state"
        for sub in ("new", "cur", "tmp"):
            (box / sub).mkdir(parents=True)
        watch = subprocess.Popen(
            [sys.executable, "-m", "harness", "watch", str(box), "--state", str(state), "--every",
             "1", "--workers", str(args.workers), "--quiet", "--per-sender", "100000"],
            env={**os.environ, "HOME": name, "XDG_CACHE_HOME": f"{name}/cache"})
        try:
            began = deliver(box, times, faster, args.seed)
            while (found := rows_of(state))[1] or len(found[0]) < len(times):
                time.sleep(1.0)
        finally:
            watch.send_signal(signal.SIGTERM)
            watch.wait(timeout=20)
    came = [began + at / faster for at in times]
    real = [ended - came[number] for number, _, ended in found[0]]
    took = [ended - start for _, start, ended in found[0]]
    level = farm_sim.Level("lint", statistics.median(took),
                           statistics.stdev(map(math.log, took)))
    said = farm_sim.waits(random.Random(args.seed), [at / faster for at in times],  # noqa: S311
                          level, args.workers)
    print(f"{len(real)} series in {args.minutes:.0f} minutes, {args.workers} workers; a job took "
          f"{level.median:.2f} s (sigma {level.sigma:.2f})")
    print("| | median | 95 % | longest |\n|---|---|---|---|")
    told("really", real)
    told("simulated", said)
    print(json.dumps({"real": statistics.mean(real), "simulated": statistics.mean(said)}))


if __name__ == "__main__":
    main()
