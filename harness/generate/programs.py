# SPDX-License-Identifier: GPL-2.0-or-later
"""C text -> static binaries, in the sandbox, and the plan that each tells."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import proc
from harness.errors import CommandFailedError, InfrastructureError, ToolMissingError
from harness.generate.emit import generate
from harness.generate.language import load_language
from harness.generate.specs import load_spec
from harness.model import Program
from harness.profiles import Profile
from harness.sandbox import Sandbox


def write_sources(profile: Profile, target: Path) -> tuple[Path, ...]:
    """Generate the C of every spec into ``target`` and return the files.

    The library and the profile's own sources are copied beside them, so that
    the folder compiles by itself.
    """
    target.mkdir(parents=True, exist_ok=True)
    lib = profile.folder.parent / "lib"
    language = load_language(lib / "phrases.toml", profile.folder / "phrases.toml")
    written = []
    for path in profile.specs:
        spec = load_spec(path)
        source = target / f"{spec.name}.c"
        source.write_text(generate(spec, language, profile), "utf-8")
        written.append(source)
    written += [Path(shutil.copy(path, target)) for path in profile.handwritten]
    shared = (*profile.library, *profile.sources, *lib.glob("*.h"), *profile.folder.glob("*.h"))
    for path in shared:
        shutil.copy(path, target)
    return tuple(written)


def build_programs(profile: Profile, headers: Path | None, target: Path,
                   sandbox: Sandbox, log: Path) -> tuple[Program, ...]:
    """Compile every program of a profile against ``headers`` (None: the host's).

    Raises ``CommandFailedError`` when one does not compile; it is the caller
    who knows whether the series is to blame.
    """
    if shutil.which("gcc") is None:
        raise ToolMissingError("gcc", needed_for="compiling the tests", package="gcc libc6-dev")
    sources = write_sources(profile, target)
    work = sandbox.path(target, "/out")
    include = ["-I", sandbox.path(headers, "/headers")] if headers else []
    binds = {headers: "/headers"} if headers else {}
    cwd = None if sandbox.enabled else target

    def gcc(*arguments: str) -> None:
        line = sandbox.wrap(["gcc", "-std=gnu11", "-O2", "-Wall", *include, *arguments],
                            ro=binds, rw={target: "/out"}, chdir=work)
        proc.run(line, timeout=120, log=log, merge=True, cwd=cwd)

    def one(source: Path) -> Program:
        name = source.stem
        gcc("-static", "-o", name, source.name, *objects)
        listed = proc.run(sandbox.wrap([f"./{name}", "-l"], ro={target: "/out"}, chdir=work),
                          timeout=20, cwd=cwd)
        tests = tuple(listed.text.split())
        if not tests:
            raise InfrastructureError(f"{name}: the program lists no tests")
        return Program(name, target / name, tests)

    shared = [p.name for p in (*profile.library, *profile.sources)]
    objects = [f"{Path(name).stem}.o" for name in shared]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: gcc("-c", name), shared))
        return tuple(pool.map(one, sources))


def why(error: CommandFailedError) -> str:
    """The first compiler error of a failed build."""
    lines = [line for line in error.tail.splitlines() if "error:" in line]
    return lines[0] if lines else error.message
