# SPDX-License-Identifier: GPL-2.0-or-later
"""What gcc starts for one source, to be started without it.

``gcc`` compiles nothing by itself: it starts ``cc1`` and ``as``. For sources as small as ours a
tenth of the time is that one process more. What it would start it says itself (``-###``).
"""

from __future__ import annotations

import functools
import shlex
from pathlib import Path

from harness.errors import DeadlineError, ToolMissingError
from harness.system import proc

_PLACE = "/harness-headers"  # stands for the folder that is another one each time
_COMPILERS, _SECONDS = frozenset({"cc1", "cc1plus"}), 10.0


def commands(argv: tuple[str, ...], headers: str) -> str:
    """The command of a shell that compiles ``t.c`` as this one does; ``headers`` is in it.

    Where gcc does not say what it would start, or starts something else, it is gcc itself.
    """
    found = _started(tuple(_PLACE if w == headers else w for w in argv))
    if not found:
        return shlex.join([*argv, "t.c"])
    return " && ".join(shlex.join(headers if w == _PLACE else w for w in row) for row in found)


@functools.lru_cache(1024)
def _started(argv: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Each command as words; none where it is not known."""
    try:
        done = proc.run([*argv, "-###", "t.c"], ok=None, timeout=_SECONDS)
        rows = [shlex.split(line) for line in done.stderr.decode().splitlines()
                if line.startswith(" ")]
    except (DeadlineError, ToolMissingError, ValueError):
        return ()
    if done.returncode or not rows or Path(rows[0][0]).name not in _COMPILERS or len(rows) > 2:
        return ()
    if len(rows) == 2:
        first, second = rows
        made = first[-1]  # a temporary file, of another name each time
        if Path(second[0]).name != "as" or first[-2] != "-o" or second[-1] != made:
            return ()
        first[-1] = second[-1] = "t.s"
    return tuple(map(tuple, rows))
