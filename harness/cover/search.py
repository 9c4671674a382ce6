# SPDX-License-Identifier: GPL-2.0-or-later
"""Has the solver look for a configuration, in the sandbox, and takes its answer with care.

Kconfig files run commands and can be of any size; so whatever the solver says is read as what a
stranger sent, and a search that fails is a reason, no error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import kconfiglib

from harness.clean import one_line
from harness.cover.wants import Want
from harness.model import Sources
from harness.system.sandbox import Sandbox

SOLVER = Path(__file__).with_name("solver")
LIBRARY = Path(kconfiglib.__file__)
TIMEOUT = 120  # seconds; 6.1 takes five
MEMORY = 2 << 30
MOST_SETTINGS = 2000
MOST_ANSWER = 4 << 20
_NAME = re.compile(r"\w{1,100}")
_VALUE = re.compile(r'[ymn]|-?\d{1,20}|0[xX][0-9a-fA-F]{1,16}|"[^"\\\n]{0,200}"')


@dataclass(frozen=True, slots=True)
class Configuration:
    """What to set on top of a configuration, and the wants (by index) that are met then."""

    settings: tuple[tuple[str, str], ...]
    met: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The configurations, the one that meets most first, and why other wants are not met.

    ``sound``: the solver came to an end; it may not have had the time or the memory.
    """

    configurations: tuple[Configuration, ...]
    unmet: Mapping[int, str]
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """Where a search begins: a tree and a .config.

    ``env`` is what make gives to Kconfig; ``keep``: symbols that the first configuration must
    leave on or off.
    """

    sources: Sources
    dot_config: Path
    env: Mapping[str, str]
    keep: Mapping[str, bool]


def search(box: Sandbox, start: Start, wants: Sequence[Want], log: Path | None = None) -> Answer:
    """The configurations for a row of wants."""
    sources, dot_config = start.sources, start.dot_config
    tree, config = box.path(sources.root, "/src"), box.path(dot_config, "/ask/config")
    roots = (box.path(SOLVER.parents[2], "/ask"),
             str(Path(box.path(LIBRARY, f"/ask/{LIBRARY.name}")).parent))
    request = {"env": {**start.env, "srctree": tree}, "config": config,
               "keep": sorted(start.keep.items()),
               "wants": json.loads(asked(wants))}
    done = box.run(
        ["env", f"PYTHONPATH={':'.join(dict.fromkeys(roots))}", "PYTHONDONTWRITEBYTECODE=1",
         "python3", "-m", "harness.cover.solver"],
        ro={**sources.binds("/src"), dot_config: "/ask/config",
            SOLVER: "/ask/harness/cover/solver", LIBRARY: f"/ask/{LIBRARY.name}"},
        inside={"chdir": tree, "memory": MEMORY}, stdin=json.dumps(request).encode(),
        cwd=None if box.enabled else sources.root, timeout=TIMEOUT, ok=None,
        keep=MOST_ANSWER, log=log, name="the Kconfig solver")
    if done.why or done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return failed(wants, "the Kconfig files could not be read: " + one_line(
            done.why or (said[0] if said else f"python3 ended with {done.returncode}"), 300))
    try:
        return parse(done.stdout, len(wants))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return failed(wants, "the Kconfig solver gave no answer that can be read")


def asked(wants: Iterable[Want]) -> str:
    """The wants as the solver is given them."""
    return json.dumps([[sorted(way) for way in want.ways] for want in wants])


def failed(wants: Sequence[Want], reason: str) -> Answer:
    """The answer of a search that came to no end."""
    return Answer((), dict.fromkeys(range(len(wants)), reason), sound=False)


def parse(text: bytes, wanted: int) -> Answer:
    """The answer of ``solver.py``; raises ``ValueError`` and its like for what is none."""
    data = json.loads(text)
    rows = []
    for row in data["configurations"]:
        settings = tuple((str(name), str(value)) for name, value in row["settings"])
        if len(settings) > MOST_SETTINGS or not all(
                _NAME.fullmatch(n) and _VALUE.fullmatch(v) for n, v in settings):
            raise ValueError("no settings")
        rows.append(Configuration(settings, _indices(row["met"], wanted)))
    unmet = {int(i): one_line(str(reason), 300) for i, reason in data["unmet"].items()}
    _indices(unmet, wanted)
    return Answer(tuple(rows), unmet)


def _indices(rows: Iterable[object], wanted: int) -> tuple[int, ...]:
    found = tuple(i for i in rows if isinstance(i, int) and 0 <= i < wanted)
    if len(found) != len(list(rows)):
        raise ValueError("no index of a want")
    return found


def lines(settings: Iterable[tuple[str, str]]) -> str:
    """The settings as a fragment; Kconfig may see some of them otherwise."""
    return "".join(f"# CONFIG_{name} is not set # optional\n" if value == "n" else
                   f"CONFIG_{name}={value} # optional\n" for name, value in settings)
