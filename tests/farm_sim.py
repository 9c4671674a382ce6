# SPDX-License-Identifier: GPL-2.0-or-later
"""How many workers a list needs: arrivals as on a list, times of jobs as they were measured.

``python -m tests.farm_sim [--series N] [--days N] [--seed N]``: series come in over days and nights
with bursts, are checked in the order in which they came, and wait while all workers are busy. One
of the first jobs on a head of a tree builds its base; the others find that in the cache. Prints for
each level the waiting times with some numbers of workers, the smallest number with which 95 % of
all verdicts are there within an hour, and what that number would be without a cache.
"""

import argparse
import heapq
import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """Seconds of a job: the median and the spread (sigma of the logarithm), and of a base."""

    name: str
    median: float
    sigma: float
    base: float = 0.0


# docs/lists.md has lint and uapi, docs/suites.md and docs/configuration.md check (with
# three architectures and a base in the cache, and the base alone).
LEVELS = (Level("lint", 1.4, 0.4), Level("uapi", 3.0, 0.7), Level("check", 60.0, 0.6, 300.0))
HEADS = 8  # new heads of trees in a day: each has a base to be built
HOUR = 3600.0
# Mails of linux-kselftest in 2025, by the hour (UTC) in which they were sent.
BY_HOUR = (783, 752, 548, 542, 378, 621, 705, 926, 1151, 1217, 1044, 1110, 1006, 1200, 1411, 1575,
           1418, 1601, 1186, 1039, 1088, 1070, 938, 921)


def arrivals(rng, count, days):
    """When series come, in seconds: more by day, and now and then ten within a minute."""
    hours = rng.choices(range(24), BY_HOUR, k=count * days)
    times = []
    for number, hour in enumerate(hours):
        at = (number % days) * 24 * HOUR + hour * HOUR + rng.random() * HOUR
        times += [at + rng.random() * 60 for _ in range(10)] if rng.random() < 0.01 else [at]
    return sorted(times)[:count * days]


def waits(rng, times, level, workers, *, cached=True):
    """Seconds from the arrival of each series to its verdict."""
    free = [0.0] * workers
    heads = {}
    found = []
    for at in times:
        start = max(at, heapq.heappop(free))
        seconds = rng.lognormvariate(math.log(level.median), level.sigma)
        head = int(at // (24 * HOUR / HEADS))
        if level.base and (not cached or head not in heads):
            seconds += level.base
            heads[head] = True
        heapq.heappush(free, start + seconds)
        found.append(start + seconds - at)
    return sorted(found)


def enough(times, level, seed, *, cached=True):
    """The smallest number of workers with which 95 % of the verdicts are there in an hour."""
    for workers in range(1, 1000):
        row = waits(random.Random(seed), times, level, workers, cached=cached)  # noqa: S311
        if row[int(len(row) * 0.95)] <= HOUR:
            return workers
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=1000, help="a day (default: 1000)")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=22)
    args = parser.parse_args()
    times = arrivals(random.Random(args.seed), args.series, args.days)  # noqa: S311
    print(f"{len(times)} series in {args.days} days")
    print("| level | workers | median | 95 % | longest |\n|---|---|---|---|---|")
    for level in LEVELS:
        least = enough(times, level, args.seed)
        for workers in sorted({1, least, least + 1}):
            row = waits(random.Random(args.seed), times, level, workers)  # noqa: S311
            print(f"| {level.name} | {workers} | {row[len(row) // 2]:.0f} s | "
                  f"{row[int(len(row) * 0.95)]:.0f} s | {row[-1]:.0f} s |")
        bare = enough(times, level, args.seed, cached=False) if level.base else least
        print(f"{level.name}: {least} workers for 95 % within an hour; {bare} without a cache")


if __name__ == "__main__":
    main()
