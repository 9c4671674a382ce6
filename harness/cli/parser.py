# SPDX-License-Identifier: GPL-2.0-or-later
"""The parser of the command line; ``cli`` acts on what it returns."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from harness import __version__
from harness.arch import ABIS, NATIVE
from harness.cli import arguments, farm_arguments
from harness.report import EXPORTS, FORMATS

EXAMPLES = """examples:
  harness demo                               the lead case, before and after, on a real kernel
  harness check                              in a kernel tree: your commits, @{upstream}..HEAD
  harness check series.mbox --tree ~/linux@v6.12
  harness lint 0001-my.patch                 rules only, no tree, no build: a second
  harness uapi old.h new.h                   does old userspace source still compile?
  harness run --kernel bzImage               the programs alone, on any kernel
  harness doctor                             what is missing on this machine

exit codes: 0 no errors found and all looked at, 1 errors (with --fail-on warning: warnings too),
            2 wrong use, 3 input refused,
            4 incomplete: something, or everything, could not be looked at,
            5 infrastructure failed (can be repeated), 70 a bug in harness, 130 interrupted
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="harness", description="From a patch series on the list to a verdict with evidence.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".",
                                   epilog=f"example:\n  {epilog}",
                                   formatter_class=argparse.RawDescriptionHelpFormatter)

    check = add("check", "everything: lint, UAPI, build, boot, compare, before and after",
                "harness check series.mbox --tree ~/linux@v6.12\n"
                "  harness check          in a kernel tree: @{upstream}..HEAD")
    arguments.series(check)
    demo = add("demo", "check the series that comes with the harness, before and after",
               "harness demo")
    demo.set_defaults(series=None)
    arguments.reading(demo)
    for name, text, epilog in (
        ("lint", "rules over mails and diffs, without a tree",
         ("harness lint 0001-my.patch\n"
          "  harness lint outgoing/*.patch     or HEAD, v6.12..topic, b4/my-series, in a git tree\n"
          "  harness lint --compile 0001-my.patch    what it touches, compiled before and after")),
        ("build", "build the base and the patched kernel", "harness build series.mbox"),
    ):
        sub = add(name, text, epilog)
        arguments.series(sub)
        arguments.common(sub)
        arguments.answer_as(sub)
        if name == "lint":
            arguments.rules(sub)
            sub.add_argument("--headers", action="store_true", help=(
                "compare what userspace sees too, as 'harness uapi' does, in the same report"))
            sub.add_argument("--compile", action="store_true", dest="compile_only", help=(
                "compile what the series touches too, before and after, but no whole kernel"))
            arguments.kernels(sub)
        else:
            arguments.configs(sub)
            arguments.kernels(sub, whole="built")
            arguments.fresh(sub)
    _uapi(add)
    for sub in (check, demo):
        sub.add_argument("--base-only", action="store_true", help="run the base alone")
        arguments.common(sub)
        arguments.answer_as(sub)
        arguments.rules(sub)
        arguments.configs(sub)
        arguments.kernels(sub, whole="booted, with the same tests,")
        arguments.more_tests(sub)
        arguments.fresh(sub)
        arguments.guest_options(sub)
    _run(add)
    _fuzz(add)
    _prove(add)
    _bench(add)
    _mail(add)
    _reports(add)
    farm_arguments.farm(add)
    _generate(add)
    explain = add("explain", "say what a rule is about and what to do", "harness explain fixes")
    explain.add_argument("rule", metavar="RULE", help="the id of a finding, or a rule")
    arguments.output(explain)
    arguments.output(add("doctor", "say what is installed, what is missing and how to get it",
                "harness doctor"))
    _cache(add)
    sub = add("trees", "list the kernel trees that are known", "harness trees")
    sub.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels are kept")
    arguments.output(sub)
    return parser


def _cache(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    cache = add("cache", "list what lies in the cache, or remove what is old",
                "harness cache list\n  harness cache gc --max-size 20G --dry-run")
    cache.add_argument("action", choices=("list", "gc"))
    cache.add_argument("--max-size", metavar="SIZE", default="20G",
                       help="gc: what may be left (default: 20G)")
    cache.add_argument("--dry-run", action="store_true", help="gc: list what would go, and keep it")
    cache.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels are kept")
    arguments.output(cache)


def _generate(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    gen = add("generate", "write the C programs of the profiles",
              "harness generate --out /tmp/programs\n"
              "  harness generate --as-patch --tree ~/linux --out /tmp/patch")
    gen.add_argument("--profile", metavar="NAME", help="which profile (default: all)")
    gen.add_argument("--out", type=Path, metavar="DIR", help="where to write them")
    gen.add_argument("--as-patch", action="store_true",
                     help="one program for the selftests of a tree (--tree), as a patch")
    gen.add_argument("--ship", action="store_true",
                     help="into the profile itself, for make -C kselftests run_tests")
    gen.add_argument("--tree", metavar="NAME|PATH[@REV]", help="the tree that --as-patch is for")
    gen.add_argument("--cache", type=Path, metavar="DIR", help="where trees are kept")
    arguments.output(gen)


def _run(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    run_ = add("run", "boot one kernel and run the programs on it",
               "harness run --kernel arch/x86/boot/bzImage\n"
               "  harness run --kernel Image --arch arm64     one of another architecture\n"
               "  harness run --kernel vmlinux --shell       look around in there\n"
               "  harness run --kernel vmlinux --suite kunit the KUnit suites that are in it\n"
               "  harness run --kernel vmlinux --gdb         and stop where it goes wrong")
    run_.add_argument("--kernel", type=Path, required=True, help="bzImage, or vmlinux with PVH")
    run_.add_argument("--profile", metavar="NAME", help="which programs (default: all profiles)")
    arguments.machine(run_)
    arguments.common(run_)
    arguments.guest_options(run_)
    way = run_.add_mutually_exclusive_group()
    way.add_argument("--shell", action="store_true",
                     help="a shell in the guest instead of the tests (needs busybox-static)")
    way.add_argument("--suite", choices=["kunit"],
                     help="run the KUnit suites that are built into it instead of programs")
    way.add_argument("--gdb", action="store_true", help="wait for a debugger before the boot")
    way.add_argument("--dry-run", action="store_true",
                     help="print the exact line of QEMU, with all it needs in place")


def _uapi(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    uapi = add("uapi", "compare what userspace sees, before and after",
               "harness uapi before.h after.h\n"
               "  harness uapi ~/linux@v6.1 --save v6.1.uapi      keep what a tree offers\n"
               "  harness uapi --baseline v6.1.uapi ~/linux      and compare without that tree")
    uapi.add_argument("series", nargs="*", type=arguments.word, metavar="SERIES | BEFORE AFTER",
                      help="a series, or two of: header, directory of headers, tree, TREE@REV")
    arguments.reading(uapi)
    uapi.add_argument("--consumers", action="append", type=Path, default=[], metavar="DIR",
                      help="userspace source to compile against both (may be given again)")
    uapi.add_argument("--also", metavar="TREE", help="a newer tree whose numbers must not clash")
    uapi.add_argument("--arch", action="append", default=[], metavar="NAME",
                      choices=[a.name for a in ABIS if a not in NATIVE],
                      help="compare for this architecture too: " + ", ".join(
                          a.name for a in ABIS if a not in NATIVE))
    way = uapi.add_mutually_exclusive_group()
    way.add_argument("--save", type=Path, metavar="FILE",
                     help="write what the one side offers to a file, and compare nothing")
    way.add_argument("--baseline", type=Path, metavar="FILE",
                     help="compare what --save wrote with the one side that is given")
    uapi.add_argument("--suppress", type=Path, metavar="FILE",
                      help="findings that were accepted, each with a reason and a last day")
    arguments.common(uapi)
    arguments.answer_as(uapi)


def _mail(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    intake = add("intake", "say what is understood of a mail or thread, and whether it applies",
                 "harness intake thread.mbox\n"
                 "  harness intake 0001-my.patch --tree ~/linux    does it apply there?\n"
                 "  harness intake damaged.eml --tree ~/linux --repair --out DIR")
    arguments.series(intake, "; default: as for check")
    intake.add_argument("--tree", metavar="NAME|PATH[@REV]",
                        help="apply it there too (nothing is checked out)")
    intake.add_argument("--cache", type=Path, metavar="DIR", help="where trees are kept")
    intake.add_argument("--out", type=Path, metavar="DIR",
                        help="write the patches there as they were understood")
    arguments.output(intake)
    review = add("review", "take a review mail apart: which comment stands under which line",
                 "harness review reply.eml --against v3.mbox")
    review.add_argument("review", metavar="MAIL", help="a reply that quotes a patch")
    review.add_argument("--against", metavar="SERIES",
                        help="a newer version: what became of the lines that were commented")
    review.add_argument("--cache", type=Path, metavar="DIR", help="where trees are kept")
    arguments.output(review)


def _reports(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    report = add("report", "show a run in another format, or send it to Patchwork",
                 "harness report OUT --format mail\n"
                 "  harness report OUT --open                  as a page in the browser\n"
                 "  harness report OUT --to patchwork --server https://patchwork.kernel.org "
                 "--patch 123")
    report.add_argument("run", metavar="RUN",
                        help="the folder of --out, a report.json, or a number of 'harness history'")
    report.add_argument("--format", choices=(*FORMATS, *EXPORTS), default="terminal")
    report.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to FILE")
    report.add_argument("--open", action="store_true", help="as a page, in the browser")
    report.add_argument("--proof", type=Path, metavar="DIR",
                        help="with --format html or --open: the folder of 'harness prove' of this "
                             "series; each line is told as defended or not")
    report.add_argument("--to", choices=("patchwork",),
                        help="post one check for each area: lint, uapi, build, tests")
    report.add_argument("--server", metavar="URL", help="Patchwork; the token is in the "
                        "environment: HARNESS_PATCHWORK_TOKEN")
    report.add_argument("--patch", type=int, action="append", metavar="ID",
                        help="Patchwork's number of a patch (may be given again)")
    report.add_argument("--url", default="", help="where readers find the whole report")
    b4 = add("b4-check", "answer b4 about the mail on standard input, without any build",
             "harness b4-check < mail.eml\n"
             "  git config b4.review-perpatch-check-cmd 'harness b4-check'\n"
             "  git config b4.review-series-check-cmd 'harness b4-check --series'")
    b4.add_argument("--series", action="store_true", help="the mail stands for the whole series")
    b4.add_argument("--tree", metavar="NAME|PATH[@REV]", help="a tree that is there already")
    history = add("history", "list the runs so far", "harness history")
    history.add_argument("--limit", type=int, default=20, metavar="N",
                         help="show at most N runs (default: 20)")
    diff = add("diff", "say which findings are gone, new or the same from one run to another",
               "harness diff OUT-of-v2 OUT-of-v3\n  harness diff 12 15")
    diff.add_argument("old", metavar="RUN1")
    diff.add_argument("new", metavar="RUN2")
    for sub in (report, b4, history, diff):
        sub.add_argument("--cache", type=Path, metavar="DIR", help="where runs and trees lie")
        arguments.output(sub)


def _prove(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    sub = add("prove", "try wrong versions of a series: does a check notice each of them?",
              "harness prove series.mbox\n"
              "  harness prove series.mbox --budget 10m           what can be tried in that time\n"
              "  harness prove --tree debian-6.1 --mutants DIR    on the tree as it stands")
    arguments.series(sub, "; its own lines are mutated too")
    sub.add_argument("--mutants", type=Path, metavar="DIR", help="patches on top of the series")
    sub.add_argument("--no-own", dest="own", action="store_false",
                     help="not of the series' own lines: only those of --mutants")
    sub.add_argument("--only", action="append", default=[], metavar="GLOB",
                     help="mutants by name (may be given again)")
    sub.add_argument("--limit", type=int, default=0, metavar="N",
                     help="test at most N mutants, sampled evenly")
    sub.add_argument("--budget", type=arguments.seconds, default=0.0, metavar="TIME",
                     help="begin none after so long (90s, 10m, 1h); one of each line comes first")
    sub.add_argument("--suite", dest="suites", action="append", metavar="NAME",
                     help="let this KUnit suite, or these selftests, judge too (may be given "
                          "again)")
    arguments.judging(sub)
    sub.add_argument("--workers", type=int, default=2, metavar="N",
                     help="mutants at the same time (default: 2)")
    arguments.common(sub)
    arguments.guest_options(sub)


def _bench(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    sub = add("bench", "measure both kernels in turns with the benchmark of a profile",
              "harness bench series.mbox\n"
              "  harness bench series.mbox --twice    the base on both sides: what chance does")
    arguments.series(sub)
    sub.add_argument("--runs", type=int, default=20, metavar="N",
                     help="boots of each kernel (default: 20; fewer claim nothing of times)")
    sub.add_argument("--twice", action="store_true",
                     help="the base on both sides, in place of the patched kernel")
    arguments.common(sub)
    arguments.guest_options(sub)


def _fuzz(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    sub = add("fuzz", "replay random operations on a kernel and compare with a profile's model",
              "harness fuzz --kernel bzImage --ops 100000\n"
              "  harness fuzz --kernel Image --arch arm64\n"
              "  harness fuzz --host --seed 7         on this machine's own /dev/kvm")
    where = sub.add_mutually_exclusive_group(required=True)
    where.add_argument("--kernel", type=Path, help="bzImage, or vmlinux with PVH")
    where.add_argument("--host", action="store_true", help="this machine's kernel, no guest")
    sub.add_argument("--profile", metavar="NAME", help="whose model (default: the first)")
    arguments.machine(sub)
    sub.add_argument("--expect", metavar="NAME",
                     help="expect documented behaviour that kernels lack (finds known bugs)")
    sub.add_argument("--ops", type=int, default=20000, metavar="N",
                     help="operations (default: 20000)")
    sub.add_argument("--seed", type=int, metavar="S", help="repeats a run (default: a new one)")
    arguments.common(sub)
    arguments.guest_options(sub)
