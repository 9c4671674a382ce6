# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of the profiles for another machine."""

from __future__ import annotations

import functools
import re

from harness.arch import Machine
from harness.errors import CommandFailedError
from harness.generate import programs as generated
from harness.run import cache_keys, compiling, kept, workload
from harness.run.state import State, require
from harness.run.workload import NOTHING, Workload

# A header of the kernel's comes from the tree: where it is not there, no package has it.
_LACKS = re.compile(
    r"(?<!\S)(?!(?:linux|asm|asm-generic)/)[\w/.-]+: No such file or directory|cannot find -l")


def programs(state: State, row: Machine) -> tuple[Workload, State, str]:
    """Those that the native kernels run too, and why there are none where there should be."""
    tests = {program.name: program.tests for program in state.load.programs}
    if not tests:
        return NOTHING, state, ""
    head, srcarch = require(state.applied).head, row.abi.srcarch
    headers, state = compiling.digest(state, head, srcarch)
    compiler, ready = generated.Compiler(row.compiler, tests), NOTHING
    for profile in state.profiles:
        key = (row.name, *cache_keys.programs(profile, headers, row.abi.program))
        target = state.work / "machines" / row.name / "programs" / profile.name
        make = functools.partial(compiling.compiled, state, profile, head, target,
                                 srcarch=srcarch, compiler=compiler)
        try:
            rows, state = cache_keys.memo(state, f"programs-{row.name}", key, make)
        except CommandFailedError as error:
            why = generated.why(error)
            get = f" (apt-get install {row.package})" if _LACKS.search(error.tail) else ""
            return NOTHING, state, (
                f"the tests of {profile.name} do not compile for {row.abi.name}: {why}{get}")
        ready += workload.with_scripts(profile, kept.unpack(
            rows, state.work / "programs" / row.name / profile.name), state.settings.operations)
    return ready, state, ""
