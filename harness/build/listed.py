# SPDX-License-Identifier: GPL-2.0-or-later
"""The objects that make builds in a configuration, by asking make itself.

``make fs/ext4/inode.o`` compiles that file whether or not anything asks for it, and with the flags
of another folder; so what Kbuild lists is asked first, folder by folder, from the top.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.build import kconfig
from harness.build.kbuild import Builder
from harness.errors import InfrastructureError
from harness.model import Sources

PROBE = Path(__file__).with_name("listed.mk")
ENTERED = Path(__file__).with_name("entered.mk")
MOST = 4 << 20  # bytes of an answer
TIMEOUT = 60
# What the top Makefile enters, and where that of an architecture does not answer, what it mostly
# enters.
_TOP = re.compile(r"[^/]+|arch/[^/]+")
_USUAL = re.compile(r"arch/[^/]+/(?:lib|pci|power|video|ras|oprofile|net)")
_OWN = frozenset({"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"})


def listed(builder: Builder, sources: Sources, out: Path, env: Mapping[str, str],
           folders: Iterable[str]) -> dict[str, str]:
    """Every object that make builds in some folders, and what make calls it.

    Keys are paths in the build directory. Folders that make does not enter have none. ``env`` is
    what make gives to what it runs (``environment``). Raises ``InfrastructureError`` when make
    comes to no end.
    """
    asked = tuple(dict.fromkeys(f for folder in folders for f in _down_to(folder)
                                if any(sources.find(f"{f}/{n}").is_file()
                                       for n in ("Kbuild", "Makefile"))))
    box = builder.sandbox
    tree, place = box.path(sources.root, "/src"), box.path(PROBE, "/ask/listed.mk")
    top = box.path(ENTERED, "/ask/entered.mk")
    was = env.get("srctree", tree)  # without a sandbox, that of the tree that was asked for it
    given = {k: tree if v == was else v for k, v in env.items() if k not in _OWN}
    if "BITS" in given:  # make was asked for the others in another configuration
        given["BITS"] = "64" if kconfig.values(out).get("CONFIG_64BIT") == "y" else "32"
    words = [f"{k}={v}" for k, v in given.items()]
    ask = f"make -rR -s --no-print-directory -I {tree}"
    script = (f'echo "folder ."; {ask} -f {top}; '
              f'for d in "$@"; do echo "folder $d"; {ask} -f {place} "obj=$d"; done')
    done = box.run(["env", *words, "KBUILD_BUILTIN=1", "KBUILD_MODULES=1", "sh", "-c", script,
                    "sh", *asked],
                   ro={**sources.binds("/src"), PROBE: "/ask/listed.mk",
                       ENTERED: "/ask/entered.mk"}, rw={out: "/out"},
                   inside={"chdir": box.path(out, "/out")}, ok=None, timeout=TIMEOUT, keep=MOST,
                   log=builder.log, cwd=None if box.enabled else out)
    if done.why:  # what is not listed counts as not built
        raise InfrastructureError(f"make: {done.why}", hint="the run can be repeated")
    return parse(done.text)


def _down_to(folder: str) -> Iterator[str]:
    """A folder and those above it, the top first."""
    parts = folder.split("/")
    return ("/".join(parts[:n]) for n in range(1, len(parts) + 1))


def parse(text: str) -> dict[str, str]:
    """What make said of each folder, those left out that nothing enters."""
    found: dict[str, str] = {}
    entered: set[str] = set()
    folder, silent = "", True
    for line in text.splitlines():
        kind, *words = line.split() or [""]
        if kind == "folder":
            folder = words[0] if words else ""
        elif not (_TOP.fullmatch(folder) or folder in entered
                  or (silent and _USUAL.fullmatch(folder))):
            continue
        elif kind == "enters":
            silent = silent and folder != "."
            entered |= {posixpath.normpath(w) for w in words}
        elif kind in {"built", "module"}:
            found |= {posixpath.normpath(w): w for w in words}
    return found
