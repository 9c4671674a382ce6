# SPDX-License-Identifier: GPL-2.0-or-later
"""The run is one tuple, ``STAGES``: read it to know what happens, in order.

A stage takes the state and returns the next one. What it finds wrong with the
series is added to the state as findings; a broken tool is an exception and
ends the run. A stage whose needs are not met is NOT_RUN, with the reason. A row
that names the stages it comes after runs beside others (``schedule``).
"""

from __future__ import annotations

from harness.run import (
    blame,
    boot_stages,
    build_stages,
    code_stages,
    compare_stages,
    configuring,
    extra_stages,
    generate_stage,
    intake_stages,
    lint_stages,
    machines,
    own,
    placing,
    single,
    suites,
    uapi_stages,
)
from harness.run.schedule import Stage
from harness.run.state import State

_HEADERS = ("apply", "profiles")  # from here on, what follows is of several kinds
STAGES: tuple[Stage, ...] = (
    Stage("intake", intake_stages.intake, makes="series"),
    Stage("lint", lint_stages.check_lint, ("series",)),
    Stage("tree", placing.with_tree, makes="tree"),
    Stage("apply", placing.with_applied, ("series", "tree"), "applied"),
    Stage("profiles", placing.with_profiles, ("series",)),
    Stage("configure", configuring.configure, ("applied",), after=_HEADERS),
    Stage("compile", single.compile_only, ("applied",), after=("configure",)),
    Stage("build-base", build_stages.build_base, ("applied",), "image_base", ("compile",)),
    Stage("build-patched", build_stages.build_patched, ("image_base",), "image_patched",
          ("build-base",)),
    Stage("lint-tree", lint_stages.check_on_tree, ("series",), after=("intake", "lint", *_HEADERS)),
    Stage("uapi", uapi_stages.check_uapi, ("applied",), "uapi", ("lint-tree", *_HEADERS)),
    Stage("tools", uapi_stages.check_tools, ("applied",), after=("uapi", *_HEADERS)),
    Stage("generate", generate_stage.generate, ("applied",), "load", ("uapi", *_HEADERS)),
    Stage("accelerator", boot_stages.accelerator, ("image_base",),
          after=("build-base", "generate")),
    Stage("boot-base", boot_stages.boot_base, ("image_base",), "before", ("accelerator",)),
    Stage("boot-patched", boot_stages.boot_patched, ("image_patched",), "after",
          ("build-patched", "accelerator")),
    Stage("compiled", code_stages.look_at_build, ("image_patched",), after=("build-patched",)),
    Stage("warnings", code_stages.check_code, ("image_patched",), after=("build-patched",)),
    Stage("build-extra", extra_stages.build_extra, ("image_patched",)),
    Stage("suites", suites.run_suites, ("image_patched",),
          after=("boot-base", "boot-patched", "warnings", "compiled")),
    # They add to the results of the two kernels: one after the other.
    Stage("selftests", suites.run_selftests, ("image_patched",),
          after=("suites", "boot-base", "boot-patched")),
    Stage("own", own.run_own, ("image_patched",),
          after=("suites", "selftests", "boot-base", "boot-patched")),
    Stage("machines", machines.run_machines, ("applied",),
          after=("suites", "selftests", "own", "boot-base", "boot-patched")),
    Stage("compare", compare_stages.compare_, ("before", "after")),
    Stage("blame", blame.blame, ("before", "after")),
)
_BASE_ONLY = {"intake", "tree", "apply", "profiles", "build-base", "generate", "accelerator",
              "boot-base"}
BASE_STAGES: tuple[Stage, ...] = (
    *(s for s in STAGES if s.name in _BASE_ONLY),
    Stage("base-failures", compare_stages.base_failures, ("before",)),
)
SLICES: dict[str, tuple[str, ...]] = {
    "lint": ("intake", "lint", "lint-tree"),
    "compile": ("intake", "lint", "tree", "apply", "profiles", "configure", "compile",
                "lint-tree", "tools"),
    "static": ("intake", "lint", "tree", "apply", "profiles", "lint-tree", "uapi"),
    "b4-check": ("intake", "lint", "lint-tree", "uapi"),
    "uapi": ("intake", "tree", "apply", "profiles", "uapi"),
    "build": ("intake", "tree", "apply", "profiles", "configure", "compile", "build-base",
              "build-patched", "tools", "compiled", "warnings", "build-extra", "machines"),
}


_BEFORE_LINES = {"intake", "tree", "apply", "profiles"}


def through(state: State, *names: str) -> State:
    """Run some stages of a check, one after another; what they raise is raised."""
    for stage in (s for s in STAGES if s.name in names):
        state.say(f"{stage.name} ...")
        state = stage.run(state)
    return state


def stages_of(name: str, *, base_only: bool = False, extra: bool = False, dry_run: bool = False,
              ) -> tuple[Stage, ...]:
    """The stages of a sub-command; ``extra``: with other configurations.

    ``dry_run``: those before ``dry_run.STAGE``.
    """
    if dry_run:
        return tuple(s for s in STAGES if s.name in _BEFORE_LINES)
    if name == "check" and base_only:
        return BASE_STAGES
    return tuple(s for s in STAGES if (name == "check" or s.name in SLICES[name])
                 and (extra or s.name != "build-extra"))
