# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments that several sub-commands take."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.arch import MACHINES, NATIVE_TARGET, TARGETS
from harness.report import TOOLS
from harness.settings import ACCELERATORS, FLAVOURS, REQUIRABLE, STARTS, flavour_named

SERIES = ("mail, mbox, maildir, directory of patches, several of these, - (standard input), "
          "TREE@A..B, A..B, a commit, a branch or a message-id")


def common(parser: argparse.ArgumentParser) -> None:
    """Options of every sub-command that works on a series."""
    parser.add_argument("--tree", metavar="NAME|PATH[@REV]",
                        help="kernel tree: a name of 'harness trees' or your own")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where trees and kernels lie")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep everything of this run here")
    parser.add_argument("--no-sandbox", dest="sandbox", action="store_const", const=False,
                        help="run untrusted code unconfined (said in the report)")
    parser.add_argument("--flavour", choices=FLAVOURS, type=flavour_named,
                        help="kernel to build: debug has KASAN, kmemleak and lockdep")
    parser.add_argument("-j", "--jobs", type=int, metavar="N", help="jobs for make")
    parser.add_argument("--fail-on", choices=("error", "warning", "regression", "never"),
                        help="what makes the exit code 1 (default: error)")
    parser.add_argument("--allow-incomplete", action="store_true",
                        help="exit with 0 when nothing wrong was found and some changes were "
                             "not looked at (the report still lists them)")
    output(parser)


class _Series(argparse.Action):
    """The first word in ``series``, further ones in ``more``."""

    def __call__(self, _: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: object, __: str | None = None) -> None:
        first, *rest = [str(v) for v in values] if isinstance(values, list) and values else [None]
        namespace.series, namespace.more = first, tuple(rest)


def series(parser: argparse.ArgumentParser, more: str = "", *, nargs: str = "*") -> None:
    """The series, and how it is read."""
    parser.add_argument("series", nargs=nargs, action=_Series, metavar="SERIES", type=word,
                        help=f"{SERIES}{more}")
    reading(parser)


def word(text: str) -> str:
    """A word that is there: an unset variable of a script names no series."""
    if not text:
        raise argparse.ArgumentTypeError("an empty word: is a variable unset?")
    return text


class _Rule(argparse.Action):
    """RULE=VALUE, collected into a table."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: object, option_string: str | None = None) -> None:
        name, equals, value = str(values).partition("=")
        if not equals:
            parser.error(f"{option_string} takes RULE=VALUE")
        value = f"ignore: {value}" if option_string == "--ignore" else value
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), name: value})


def seconds(text: str) -> float:
    """A time such as 90s, 10m or 1h; raises ``ArgumentTypeError``."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smh]?)", text)
    if not found or not float(found.group(1)):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: 90s, 10m, 1h")
    return float(found.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600}[found.group(2)]


def answer_as(parser: argparse.ArgumentParser) -> None:
    """Answer in the place of another check."""
    parser.add_argument("--as", dest="as_", choices=tuple(TOOLS), metavar="TOOL",
                        help="use the output and exit codes of b4, NIPA or 'git bisect run'")


def fresh(parser: argparse.ArgumentParser) -> None:
    """Whether results of earlier runs are taken."""
    parser.add_argument("--keep", action="store_true",
                        help="keep the patched kernel's build directory (in --out)")
    parser.add_argument("--dry-run", action="store_true",
                        help="print the exact lines of make and QEMU, and build nothing")
    parser.add_argument("--resume", type=Path, metavar="DIR",
                        help="go on with the run that was interrupted there")
    parser.add_argument("--fresh", dest="reuse", action="store_false",
                        help="take no results of earlier runs, also where nothing has changed")


def configs(parser: argparse.ArgumentParser) -> None:
    """Other configurations to build in."""
    parser.add_argument("--config", action="append", metavar="NAME|FILE|CONFIG_X=y",
                        help="build in this configuration too: CONFIG_X=y,CONFIG_Y=n, a file of "
                             "such lines, or a target of make such as allmodconfig (may be "
                             "given again)")


def kernels(parser: argparse.ArgumentParser, *, whole: str = "") -> None:
    """What kernels and objects are configured from, and for which architectures."""
    arches(parser, whole)
    parser.add_argument("--kconfig", type=Path, metavar="FILE",
                        help="your own .config, or a file of lines such as CONFIG_X=y; what the "
                             "series and the guest need is added")
    parser.add_argument("--start", choices=STARTS,
                        help="what configurations begin from (tinyconfig)")


class _Names(list[str]):
    """Names of which some may be given at once, with commas."""

    def __contains__(self, given: object) -> bool:
        return all(super(_Names, self).__contains__(n) for n in str(given).split(","))


class _Apart(argparse.Action):
    """Keeps each of the names that an option was given, in one list."""

    def __call__(self, parser: argparse.ArgumentParser,  # noqa: ARG002  (argparse's own form)
                 namespace: argparse.Namespace, values: str | Sequence[Any] | None,
                 option_string: str | None = None) -> None:  # noqa: ARG002
        known = getattr(namespace, self.dest) or []
        setattr(namespace, self.dest, [*known, *str(values).split(",")])


def _arches(parser: argparse.ArgumentParser, names: Iterable[str], text: str) -> None:
    parser.add_argument("--arch", dest="arches", action=_Apart, metavar="NAME[,NAME]",
                        choices=_Names(dict.fromkeys(("all", *names))), help=text)


def arches(parser: argparse.ArgumentParser, whole: str) -> None:
    """Other architectures to compile for; ``whole``: and what is done with both kernels."""
    names = [t.name for t in TARGETS if t is not NATIVE_TARGET]
    machines = [machine.name for machine in MACHINES] if whole else []
    booted = f"; both kernels are {whole} for {', '.join(machines)}" if whole else ""
    _arches(parser, (*names, *machines),
            "compile what the series touches for this architecture too, with a cross compiler: "
            f"all, {', '.join(names)} (may be given again); a file of an architecture is compiled "
            f"for that one anyway{booted}")


def judging(parser: argparse.ArgumentParser) -> None:
    """Other architectures on whose kernels the programs of the profiles judge."""
    machines = [machine.name for machine in MACHINES]
    _arches(parser, machines,
            "try the wrong versions on kernels of this architecture too: all, "
            f"{', '.join(machines)} (may be given again); one whose files the series touches is "
            "tried anyway")


def machine(parser: argparse.ArgumentParser) -> None:
    """The architecture of one kernel."""
    parser.add_argument("--arch", metavar="NAME",
                        choices=[m.name for m in MACHINES],
                        help="the architecture of the kernel, or of the programs, where it is "
                             f"another one: {', '.join(m.name for m in MACHINES)}")


def more_tests(parser: argparse.ArgumentParser) -> None:
    """The tests that the tree brings, and the user's own programs."""
    parser.add_argument("--suite", dest="suites", action="append", metavar="NAME",
                        help="run this KUnit suite of the tree, or this target of its "
                             "selftests, on both kernels too; all: every KUnit suite; none: not "
                             "even those that belong to the change (may be given again)")
    parser.add_argument("--unsteady", type=Path, metavar="FILE",
                        help="tests that do not always end alike on this tree, and so blame "
                             "nobody: a JSON object of their names and what was seen of each")
    parser.add_argument("--run", dest="own", action="append", type=Path, metavar="PROGRAM",
                        help="run this on both kernels too: a static program, a .c file, or a "
                             "script for busybox; its exit code and what it says in KTAP are "
                             "compared (may be given again)")
    parser.add_argument("--require", dest="required", action="append", choices=REQUIRABLE,
                        metavar="WHAT",
                        help="executed: a changed line with code of its own that no test executes "
                             "is an error")
    parser.add_argument("--no-bisect", dest="bisect", action="store_false", default=True,
                        help="do not look for the patch since which a test fails")


def rules(parser: argparse.ArgumentParser) -> None:
    """Options that select rules and severities."""
    parser.add_argument("--ignore", dest="rules", action=_Rule, metavar="RULE=REASON",
                        help="leave a rule's findings out, and say why (a pattern may be given)")
    parser.add_argument("--severity", dest="rules", action=_Rule, metavar="RULE=LEVEL",
                        help="error, warning or note")
    parser.add_argument("--rule", dest="only_rules", action="append", metavar="RULE",
                        help="only this rule (may be given again)")
    parser.add_argument("--no-checkpatch", dest="checkpatch", action="store_false",
                        help="do not run the tree's checkpatch.pl")


def reading(parser: argparse.ArgumentParser) -> None:
    """Options that control how mails are read."""
    parser.add_argument("--version", dest="series_version", type=int, metavar="N",
                        help="of several versions in a thread, this one (default: the newest)")
    parser.add_argument("--series", dest="series_number", type=int, metavar="N",
                        help="of several series in one mbox, the N-th")
    parser.add_argument("--unquote", action="store_true",
                        help="take the patch that a reply quotes or holds")
    parser.add_argument("--repair", action="store_true",
                        help="repair mailer damage where the tree allows only one interpretation")


def output(parser: argparse.ArgumentParser) -> None:
    """Options that control the output."""
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("-v", "--verbose", action="store_true", help="show all evidence")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def guest_options(parser: argparse.ArgumentParser) -> None:
    """Options that control guests."""
    parser.add_argument("--accel", choices=ACCELERATORS,
                        help="how QEMU runs the guest (auto: KVM where it proves to work)")
    parser.add_argument("--test-timeout", type=float, metavar="S", help="deadline of one test")
    parser.add_argument("--boot-timeout", type=float, metavar="S", help="deadline of a boot")
    parser.add_argument("--run-timeout", type=float, metavar="S", help="deadline of one guest")
