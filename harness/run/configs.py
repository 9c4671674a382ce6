# SPDX-License-Identifier: GPL-2.0-or-later
"""How a run builds: its configurations, its builder, and what its kernels depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.arch import NATIVE_TARGET
from harness.build import environment, kbuild, kconfig, prepared
from harness.cover import search
from harness.evidence import BUILT, kind_of
from harness.model import Kconfig, Sources
from harness.run import cache_keys
from harness.run.state import SkippedStage, State, require

RICHEST = f"{NATIVE_TARGET.name}, allmodconfig"
# A warning is none of the series's, and what watches a kernel run only costs time here.
QUIET = "".join(f"# CONFIG_{name} is not set # optional\n" for name in (
    "WERROR", "KASAN", "KCSAN", "KCOV", "GCOV_KERNEL", "DEBUG_INFO_BTF", "GCC_PLUGINS"))
FEW = 6  # symbols in the name of a configuration


def of_the_kernel(state: State) -> None:
    """Raise ``SkippedStage`` when nothing that the series changes is part of the kernel."""
    if state.files and not any(kind_of(f.path) in BUILT and not f.same for f in state.files):
        raise SkippedStage("nothing to build: the series changes documents, comments or "
                           "programs, and no code of the kernel")


def config_of(state: State) -> Kconfig:
    """The configuration for both kernels."""
    return plain_config(state) if state.boots_plain else numbered(state, 0)


def numbered(state: State, number: int) -> Kconfig:
    """One of the configurations in which what the series changes is compiled."""
    plain, found = plain_config(state), state.configured.settings[number:number + 1]
    if not found or not found[0]:
        return plain
    return replace(plain, fragments=(*plain.fragments, search.lines(found[0])))


def name_of(state: State, number: int) -> str:
    """A configuration in reports: the architecture, and what sets another one apart."""
    own = not number and not state.boots_plain
    if own and (state.request.compile_only or not has_modules(state)):
        return state.target.name
    if own:
        return f"{state.target.name}, modules"
    lines = [f"CONFIG_{name}={value}" for name, value in state.configured.settings[number]]
    more = f" and {len(lines) - FEW} more" if len(lines) > FEW else ""
    return f"{state.target.name}, {','.join(lines[:FEW])}{more}"


def has_modules(state: State) -> bool:
    """Whether something of a series can only be a module, which no kernel image has in it."""
    return any(value == "m" for row in state.configured.settings[:1] for _, value in row)


def plain_config(state: State) -> Kconfig:
    """The configuration of a guest, whatever the series changes."""
    if state.machine is not None:
        return kconfig.for_machine(state.machine.emulator, state.machine.config)
    if state.target is not NATIVE_TARGET:
        return Kconfig((), state.target.start)
    debug = (kconfig.DATA / "debug.config",) if state.settings.flavour == "debug" else ()
    guest = kconfig.combine(kconfig.DATA / "tiny.config", *debug,
                            *(path for p in state.profiles
                              for path in p.fragments(NATIVE_TARGET.name))).fragments
    if state.request.kconfig is not None:
        text, whole = kconfig.of_the_user(state.request.kconfig)
        # A whole .config says nothing about a guest: what it needs comes last there.
        guest = (text, *guest) if whole else (*guest, text)
    return Kconfig(guest, state.request.start)


def inputs(state: State) -> tuple[str, ...]:
    """The cache key of the patched kernel and of everything derived from its build."""
    return cache_keys.build(state, config_of(state), toolchain(state))


def richest(state: State) -> Kconfig:
    """Nearly everything, as modules, without what the series wants off."""
    off = [row for settings in state.configured.settings[:1] for row in settings if row[1] != "y"]
    return Kconfig((QUIET, search.lines(off)), "allmodconfig")


def toolchain(state: State) -> str:
    """The compiler and linker of this run; raises ``ToolMissingError``."""
    return kbuild.toolchain(state.target)


def builder(state: State) -> kbuild.Builder:
    """The builder for this run."""
    settings = state.settings
    return kbuild.Builder(settings.cache, state.box(), settings.parallel, settings.build_timeout,
                         state.say, state.log, state.target,
                         Path(settings.share) if settings.share else None)


def written(state: State) -> Path:
    """Where the sources of the base are, if they had to be written for its configuration."""
    return prepared.home_of(builder(state), require(state.tree), state.base, plain_config(state))


def kconfig_environment(state: State, sources: Sources) -> Mapping[str, str]:
    """What the patched tree's Makefile gives to Kconfig."""
    place = state.work / "configure" / "ask"

    def ask() -> dict[str, str]:
        place.mkdir(parents=True, exist_ok=True)
        return environment.environment(builder(state), sources, place)

    key = cache_keys.environment(state)
    return cache_keys.memo(state, "kconfig-environment", key, ask)[0]
