# SPDX-License-Identifier: GPL-2.0-or-later
"""Report which tools are installed and which are missing. One row per tool."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.arch import ABIS, EMULATOR, MACHINES, NATIVE_TARGET, STUBS, STUBS_32
from harness.system import proc, sandbox


@dataclass(frozen=True, slots=True)
class Tool:
    """A program or header that some stage needs; ``package`` is Debian's."""

    name: str
    package: str
    needed_for: str
    version: tuple[str, ...] = ("--version",)
    optional: bool = False  # nothing is wrong where it is not there


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one tool."""

    tool: Tool
    path: str
    version: str
    problem: str
    missing: bool = False  # and to be installed


TOOLS: tuple[Tool, ...] = (
    Tool("git", "git", "everything"),
    Tool("gcc", "gcc libc6-dev", "UAPI check, kernels, test programs"),
    # not gcc-multilib: Debian's cannot be installed beside its cross compilers
    Tool(STUBS, "libc6-dev-i386", "UAPI check for 32 bit"),
    Tool("ld", "binutils", "kernels"),
    Tool("make", "make", "kernels"),
    Tool("flex", "flex", "kernels (Kconfig)"),
    Tool("bison", "bison", "kernels (Kconfig)"),
    Tool("bc", "bc", "kernels (timeconst.h)"),
    Tool("perl", "perl", "kernels, checkpatch"),
    Tool("/usr/include/gelf.h", "libelf-dev", "kernels (objtool)"),
    Tool("xz", "xz-utils", "unpacking Debian's kernel sources"),
    Tool("apt-get", "apt", "getting Debian's kernel sources"),
    Tool("dpkg-deb", "dpkg", "unpacking Debian's kernel sources"),
    Tool("bwrap", "bubblewrap", "running untrusted code"),
    Tool("prlimit", "util-linux", "limits for untrusted code"),
    Tool(EMULATOR.program, EMULATOR.package, "booting kernels"),
    *dict.fromkeys(Tool(program, package, f"--arch {name}", optional=True)
                   for name, program, package in (
                       *((abi.name, abi.program, abi.package) for abi in ABIS),
                       *((m.target.name, m.emulator.program, m.emulator.package)
                         for m in MACHINES)) if program not in {"gcc", EMULATOR.program}),
)


def examine() -> tuple[Health, ...]:
    """Look at every tool; nothing is installed or changed."""
    return tuple(_one(tool) for tool in TOOLS)


def _one(tool: Tool) -> Health:
    if tool.name == STUBS and platform.machine() != NATIVE_TARGET.name:
        return Health(tool, "", "not needed on this machine", "")
    if tool.name.endswith(".h"):
        places = STUBS_32 if tool.name == STUBS else (tool.name,)
        there = next((p for p in places if Path(p).is_file()), "")
        return Health(tool, there, there, "" if there else "not installed", missing=not there)
    path = shutil.which(tool.name)
    if path is None and tool.optional:
        return Health(tool, "", f"apt-get install {tool.package}", "")
    if path is None:
        return Health(tool, "", "", "not installed", missing=True)
    done = proc.run([path, *tool.version], ok=None, timeout=20, merge=True)
    lines = [line for line in done.text.splitlines() if line.strip()]
    problem = sandbox.why_unusable() if tool.name == "bwrap" else ""
    return Health(tool, path, lines[0] if lines else "?", problem)


def install_command(found: tuple[Health, ...]) -> str:
    """The one command that installs what is missing, or ""."""
    packages = sorted({p for h in found if h.missing
                       for p in h.tool.package.split()})
    return f"apt-get install {' '.join(packages)}" if packages else ""
