# SPDX-License-Identifier: GPL-2.0-or-later
"""The objects that show what became of the files that a series touches."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.build import kconfig, listed
from harness.cover import elsewhere
from harness.cover.wants import Want
from harness.errors import CommandFailedError, InputRefusedError
from harness.evidence import FileKind, kind_of
from harness.model import Sources
from harness.run import configs
from harness.run.reading import makefiles, mentions
from harness.run.state import State

ASKS = re.compile(r"^[ \t]*target-dir[ \t]*=", re.MULTILINE)
MOST_USERS = 3  # objects through which a header is compiled
MOST_PARTS = 6  # objects that a source is a part of, each with other macros
# They see headers otherwise than anything else (COMPILE_OFFSETS).
_ODD = re.compile(r"(?:^|/)(?:[\w-]*offsets|bounds)\.c$")


def names(state: State, sources: Sources, out: Path, paths: Iterable[str]) -> dict[str, str]:
    """What make calls the objects that show what became of some files, by their source.

    Those of the code among ``paths``, and for each header a few that include it and that the
    configuration in ``out`` builds.
    """
    config = kconfig.values(out)
    tree, known = makefiles(sources), mentions(state)
    users = dict(state.configured.users)
    asked: list[str] = []
    srcarch = state.target.srcarch
    for path in paths:
        if kind_of(path) is FileKind.CODE and path not in users:
            asked.append(path)
            continue
        met = (u for u in users.get(path, ()) if not _ODD.search(u) and Want(
            u, (), elsewhere.ways(tree, u, known, srcarch)).met(config))
        asked += itertools.islice(met, MOST_USERS if path.endswith(".h") else MOST_PARTS)
    found = {p: elsewhere.object_of(tree, p, known, srcarch)[0] for p in dict.fromkeys(asked)}
    return {path: name for path, name in found.items() if name}


def homes(state: State, sources: Sources, names: Mapping[str, str]) -> dict[str, str]:
    """The folder whose Makefile has each object, where make has to be told; else nothing.

    Before Linux 5.4 (394053f4a4b3) ``make fs/xfs/libxfs/a.o`` takes the Makefile of the folder
    that the object is in, which need not list it, nor be there.
    """
    tree, known = makefiles(sources), mentions(state)
    if not ASKS.search(tree.read("Makefile") or ""):
        return {}
    return {name: elsewhere.object_of(tree, path, known, state.target.srcarch)[1]
            for path, name in names.items()}


def built(state: State, sources: Sources, out: Path, names: dict[str, str]) -> dict[str, str]:
    """The objects that make builds by itself in this configuration; none where it does not say."""
    folders = dict.fromkeys(name.partition("/../")[0].rpartition("/")[0] if "/../" not in name
                            else name.partition("/../")[0] for name in names.values())
    try:
        env = configs.kconfig_environment(state, sources)
    except (CommandFailedError, InputRefusedError):
        return {}
    every = listed.listed(configs.builder(state), sources, out, env, folders)
    return {path: name for path, name in names.items() if name in every.values()}
