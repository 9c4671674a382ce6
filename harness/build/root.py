# SPDX-License-Identifier: GPL-2.0-or-later
"""A small root for a guest that runs scripts, of the host's own Debian packages.

Nothing is fetched: the programs of packages that are installed here, and the libraries that they
depend on, as dpkg lists them. Documentation, locales and character sets stay away.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ToolMissingError
from harness.system import proc

NEEDED = ("bash", "coreutils", "grep", "sed", "mawk", "findutils", "util-linux", "mount", "procps")
# What some scripts look for, and say themselves where it is not there.
WELCOME = ("bc", "dash", "diffutils", "e2fsprogs", "ethtool", "gawk", "gzip", "iproute2",
           "iptables", "iputils-ping", "keyutils", "kmod", "libc-bin", "nftables", "psmisc", "tar",
           "xxd")
FORMAT = r"${Package}\t${db:Status-Status}\t${Pre-Depends}, ${Depends}\n"
MOST = 96 << 20  # bytes
_MERGED = ("bin", "sbin", "lib", "lib64")  # into /usr, as Debian 12 has it
_KEPT = re.compile(r"usr/(?:bin|sbin|lib|lib64)/")
_LEFT = re.compile(r"/(?:gconv|python[^/]*|perl[^/]*|systemd|locale|bash|init)/|\.(?:a|py|pl|pm)$")
_LIBRARY = re.compile(r"^(?:lib|zlib|gcc-\d)")
_NAMES = re.compile(r"([a-z0-9][a-z0-9+.-]*)")
SHELL, AWKS = "usr/bin/sh", ("gawk", "mawk")


@dataclass(frozen=True, slots=True)
class Root:
    """Files with permissions and content, and links, by their paths without the first slash."""

    files: Mapping[str, tuple[int, bytes]]
    links: Mapping[str, str]


def make() -> Root:
    """Read the packages of this host; raises ``ToolMissingError`` where it lacks one."""
    if shutil.which("dpkg-query") is None:
        raise ToolMissingError("dpkg-query", needed_for="scripts in a guest, with the programs of "
                               "Debian's packages", package="dpkg")
    there = installed(proc.run(["dpkg-query", "-W", f"-f={FORMAT}"]).text)
    for name in NEEDED:
        if name not in there:
            raise ToolMissingError(name, needed_for="scripts in a guest", package=name)
    listed = proc.run(["dpkg-query", "-L", *closure(there)]).text
    return _read(dict.fromkeys(listed.splitlines()))


def installed(text: str) -> dict[str, tuple[str, ...]]:
    """The packages that are there, and the libraries that each depends on."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        name, _, rest = line.partition("\t")
        status, _, depends = rest.partition("\t")
        if status == "installed":
            words = (m.group(1) for part in depends.split(",") if (m := _NAMES.search(part)))
            found[name] = tuple(w for w in words if _LIBRARY.match(w))
    return found


def closure(there: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The packages of a root, with all that they need, as far as they are there."""
    found, left = dict[str, None](), [n for n in (*NEEDED, *WELCOME) if n in there]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = None
            left += [n for n in there.get(name, ()) if n in there]
    return tuple(found)


def _read(paths: Iterable[str]) -> Root:
    files, links = dict[str, tuple[int, bytes]](), {n: f"usr/{n}" for n in _MERGED}
    size = 0
    for path in paths:
        place = path.lstrip("/")
        name = f"usr/{place}" if place.partition("/")[0] in _MERGED else place
        file = Path(path)
        if not _KEPT.match(name) or _LEFT.search(name) or not os.path.lexists(path):
            continue
        seen = file.lstat()
        if stat.S_ISLNK(seen.st_mode):
            links[name] = str(file.readlink())
        elif stat.S_ISREG(seen.st_mode) and size + seen.st_size <= MOST:
            size += seen.st_size
            files[name] = (seen.st_mode & 0o755, file.read_bytes())
    have = files.keys() | links.keys()
    if SHELL not in have:
        links[SHELL] = "bash"
    if awk := next((a for a in AWKS if f"usr/bin/{a}" in have), ""):
        links["usr/bin/awk"] = awk  # an alternative's link leads out of the package
    return Root(files, links)
