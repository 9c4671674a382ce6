# SPDX-License-Identifier: GPL-2.0-or-later
"""The options of ``watch``, ``jobs``, ``matrix``, ``merge`` and ``worker``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from harness.cli.arguments import output, word
from harness.farm.shards import Shard, shard

_LEVELS = ("lint", "uapi", "check")
_Add = Callable[[str, str, str], argparse.ArgumentParser]


def _number(least: float, most: float) -> Callable[[str], float]:
    """A number between two others; argparse says what is wrong."""
    def number(text: str) -> float:
        if not least <= (value := float(text)) <= most:  # nor what is no number
            raise argparse.ArgumentTypeError(f"{text}: from {least:g} to {most:g}")
        return value
    return number


def _count(text: str) -> int:
    """How many, at least one; argparse says what is wrong."""
    if not 1 <= (value := int(text)) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text}: from 1 to 1000000")
    return value


def _lists(add: _Add) -> None:
    """``watch`` and ``jobs``."""
    watch = add("watch", "check each series that comes in over a mailing list, once",
                "harness watch ~/Maildir/lkml --once --site ~/public_html/lkml\n"
                "  harness watch kvm.git --level uapi --tree ~/linux@v6.12\n"
                "      (git clone --mirror https://lore.kernel.org/kvm/0 kvm.git)")
    watch.add_argument("sources", nargs="+", metavar="SOURCE",
                       help="a maildir, an mbox that grows, a public-inbox repository, or a "
                            "Patchwork project (https://HOST/project/NAME)")
    watch.add_argument("--level", choices=_LEVELS, default="lint",
                       help="what is done with each series (default: lint)")
    watch.add_argument("--tree", dest="trees", action="append", default=[],
                       metavar="NAME|PATH[@REV]",
                       help="kernel tree (may be given again: the first to which a series applies)")
    watch.add_argument("--routes", type=Path, metavar="FILE",
                       help="which series are for which trees, as docs/lists.md describes it")
    watch.add_argument("--once", action="store_true",
                       help="end when nothing is left to do, for cron")
    watch.add_argument("--every", type=_number(1.0, 86400.0), default=60.0, metavar="SECONDS",
                       help="how often the sources are asked (default: 60)")
    watch.add_argument("--since", type=_number(0.0, 36500.0), default=1.0, metavar="DAYS",
                       help="check what was sent in the last DAYS before the first start, and "
                            "since (default: 1)")
    watch.add_argument("--patience", type=_number(0.0, 100000.0), default=30.0, metavar="MINUTES",
                       help="how long the rest of a newer version is waited for (default: 30)")
    watch.add_argument("--per-sender", type=_count, default=100, metavar="N",
                       help="series of one sender that are checked in a day (default: 100)")
    watch.add_argument("--send", metavar="COMMAND",
                       help="hand each new draft to this program (msmtp -t), on its standard "
                            "input; without it nothing is ever sent")
    watch.add_argument("--trust-heads", action="store_true",
                       help="check series on the head of a tree without building and booting it "
                            "first (--level check)")
    watch.add_argument("--max-cache", default="20G", metavar="SIZE",
                       help="what the cache may have; looked at once in an hour (default: 20G)")
    watch.add_argument("--max-logs", default="10G", metavar="SIZE",
                       help="what the jobs may have together; the oldest keep their report alone "
                            "(default: 10G)")
    _engine(watch)
    watch.add_argument("--mail", choices=("error", "warning", "never"), default="error",
                       help="what a draft is written for (default: error); none is sent "
                            "without --send")
    watch.add_argument("--checks", action="store_true",
                       help="post a check for each area to the Patchwork projects among the "
                            "sources; the token is in $HARNESS_PATCHWORK_TOKEN")
    watch.add_argument("--url", default="", help="where readers find the pages, for --checks")
    watch.add_argument("--kcidb", type=Path, metavar="DIR",
                       help="put a KCIDB document of each series here, for kcidb-submit")
    watch.add_argument("--site", type=Path, metavar="DIR", help="write pages for a web server here")
    watch.add_argument("--title", default="Patch series", help="of these pages")
    _place(watch)
    watch.add_argument("-q", "--quiet", action="store_true", help="no progress")
    jobs = add("jobs", "list what a watch has done and has to do", "harness jobs")
    jobs.add_argument("--limit", type=_count, default=50, metavar="N",
                      help="how many (default: 50)")
    output(jobs)
    for sub in (watch, jobs):
        sub.add_argument("--state", type=Path, metavar="DIR", help=(
            "where the ledger, the runs and the drafts lie (default: "
            "$XDG_STATE_HOME/harness/watch)"))


def _engine(parser: argparse.ArgumentParser) -> None:
    """Who does the jobs."""
    parser.add_argument("-w", "--workers", type=_count, default=1, metavar="N",
                        help="jobs of this machine at a time (default: 1)")
    parser.add_argument("--engine", type=_scheduler, metavar="dask://HOST:PORT",
                        help="let the workers behind this scheduler do them ('harness worker')")
    _tls(parser)


def _tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tls", default="", metavar="DIR",
                        help="TLS with the files ca.pem, cert.pem and key.pem there")


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels lie")
    parser.add_argument("--no-sandbox", dest="sandbox", action="store_const", const=False,
                        help="run untrusted code unconfined (said in the report)")


def _scheduler(text: str) -> str:
    """dask://HOST:PORT, tcp:// or tls://, as dask has it."""
    scheme, mark, rest = text.partition("://")
    host, _, port = rest.rpartition(":")
    if not mark or scheme not in {"dask", "tcp", "tls"} or not host or not re.fullmatch(
            r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text}: dask://HOST:PORT or tls://HOST:PORT")
    return f"{'tcp' if scheme == 'dask' else scheme}://{rest}"


def _shard(text: str) -> Shard:
    try:
        return shard(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: i/n, as 1/3, 2/3 and 3/3") from None


def _matrix(add: _Add) -> None:
    matrix = add("matrix", "check many series on many trees, architectures and flavours",
                 "harness matrix v2.mbox v3.mbox --tree debian-6.1 --tree debian-6.12\n"
                 "  harness matrix *.mbox --tree kvm-next --engine dask://farm:8786\n"
                 "  harness matrix *.mbox --tree kvm-next --shard 1/3 --out part1    and 2/3, 3/3; "
                 "then\n"
                 "  harness merge part1 part2 part3 --out all")
    matrix.add_argument("series", nargs="+", type=word, metavar="SERIES",
                        help="mail, mbox, maildir or directory of patches, each one series")
    matrix.add_argument("--level", choices=(*_LEVELS, "nothing"), default="check",
                        help="what is done with each (default: check; nothing: what the farm "
                             "itself costs)")
    matrix.add_argument("--tree", dest="trees", action="append", default=[],
                        metavar="NAME|PATH[@REV]", help="kernel tree (may be given again)")
    matrix.add_argument("--flavour", dest="flavours", action="append", default=[],
                        choices=("default", "debug"), help="of the kernels (may be given again)")
    matrix.add_argument("--arch", dest="arches", action="append", default=[], metavar="A[,B]",
                        help="other architectures besides, in one job (may be given again: a job "
                             "each)")
    matrix.add_argument("--suite", dest="suites", action="append", default=[], metavar="NAME",
                        help="of the tree, for each job (may be given again)")
    matrix.add_argument("--shard", type=_shard, default=Shard(), metavar="I/N",
                        help="only the I-th of N parts of the jobs, for N machines")
    _engine(matrix)
    _place(matrix)
    merge = add("merge", "bring the parts of a matrix together",
                "harness merge part1 part2 part3 --out all")
    merge.add_argument("parts", nargs="+", metavar="DIR", help="the folders of --out of each part")
    for sub in (matrix, merge):
        sub.add_argument("--out", type=Path, metavar="DIR", required=sub is merge, help=(
            "where the ledger and the runs lie; the same folder again goes on (default of matrix: "
            "$XDG_STATE_HOME/harness/matrix/HASH)"))
        output(sub)
    worker = add("worker", "do the jobs that a dask scheduler hands out",
                 "dask scheduler --host 10.0.0.1      on one machine, and on each other\n"
                 "  harness worker dask://10.0.0.1:8786 --slots 2")
    worker.add_argument("address", type=_scheduler, metavar="dask://HOST:PORT")
    worker.add_argument("--slots", type=_count, default=1, metavar="N",
                        help="jobs at a time (default: 1)")
    worker.add_argument("--home", type=Path, metavar="DIR",
                        help="where its jobs and answers lie (default: below $XDG_STATE_HOME)")
    _tls(worker)
    _place(worker)
    worker.add_argument("-q", "--quiet", action="store_true", help="no progress")


def farm(add: _Add) -> None:
    """All of them."""
    _lists(add)
    _matrix(add)
