# SPDX-License-Identifier: GPL-2.0-or-later
"""What a target of tools/testing/selftests says of itself. Pure.

Documentation/dev-tools/kselftest.rst: ``config`` has the symbols that it needs, ``settings`` how
long one of its programs may take (``timeout=``, in seconds, 45 by default; 0: for ever).
"""

from __future__ import annotations

import re

TIMEOUT = 45.0
LONGEST = 300.0
_TIMEOUT = re.compile(r"^timeout=(\d{1,6})\s*$", re.MULTILINE)
_NAME = re.compile(r"[\w.+/-]{1,100}")


def timeout(settings: str) -> float:
    """The seconds that one program may take, by a target's ``settings``."""
    match = _TIMEOUT.search(settings)
    seconds = float(match.group(1)) if match else TIMEOUT
    return min(seconds or LONGEST, LONGEST)


def is_target(name: str) -> bool:
    """Whether a name can be that of a folder of selftests."""
    return _NAME.fullmatch(name) is not None and ".." not in name.split("/")
