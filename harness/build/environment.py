# SPDX-License-Identifier: GPL-2.0-or-later
"""The environment that a tree's Makefile gives to Kconfig: architecture, version, compilers.

Kconfig files name them as ``$(CC)``, ``$(SRCARCH)`` and so on. Which there are differs from
release to release, so make is asked: it runs conf on a file of ours that writes them down.
"""

from __future__ import annotations

from pathlib import Path

from harness.build.kbuild import Builder, make
from harness.model import Sources
from harness.system.sandbox import plain

_ASK = "asked := $(shell,env -0 >kconfig.env)\nconfig HARNESS\n\tbool\n"
MOST = 1 << 20  # bytes


def environment(builder: Builder, source: Sources, out: Path) -> dict[str, str]:
    """What Kconfig is given; ``out`` is any directory, and its .config stays as it is.

    Raises what ``make`` raises, and ``InputRefusedError`` where the tree's Makefile does not
    answer.
    """
    for left in ("kconfig.ask", "kconfig.env"):  # of another time, or a link that a make put there
        (out / left).unlink(missing_ok=True)
    (out / "kconfig.ask").write_text(_ASK, "utf-8")
    make(builder, source, out, "olddefconfig", "KBUILD_KCONFIG=kconfig.ask",
         "KCONFIG_CONFIG=kconfig.nothing")
    with plain(out, "kconfig.env").open("rb") as handle:
        text = handle.read(MOST).decode("utf-8", "replace")
    rows = (row.partition("=") for row in text.split("\0") if "=" in row)
    return {name: value for name, _, value in rows
            if not name.startswith(("MAKE", "MFLAGS", "KCONFIG_CONFIG"))}
