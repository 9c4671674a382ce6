# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's own suites: built, and booted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.build import kernel
from harness.errors import CommandFailedError, NoBootError
from harness.guest import kunit, splat, twice
from harness.guest.twice import Known
from harness.model import Finding, GuestRun, Kconfig, KernelImage, Severity
from harness.run import boot_stages, cache_keys, configs, kept
from harness.run.remembered import Asked, remembered
from harness.run.state import State, require

FATAL = "the base does not survive it; it runs by itself where it belongs to the change"


def base(state: State, config: Kconfig, begun: Path | None = None) -> KernelImage:
    """The base with its suites, from the cache or built; raises ``CommandFailedError``.

    ``begun``: what an attempt with more in it has left.
    """
    return kernel.base(configs.builder(state), require(state.tree), state.base, config,
                       configs.written(state), more=True, begun=begun)


def unfinished(state: State, config: Kconfig) -> Path:
    """What ``base`` leaves where it cannot build."""
    return kernel.unfinished(configs.builder(state), require(state.tree), state.base, config)


def patched(state: State, start: KernelImage, config: Kconfig) -> tuple[KernelImage, State]:
    """The patched kernel with its suites; raises ``CommandFailedError`` when it does not build."""
    key = cache_keys.build(state, config, configs.toolchain(state))
    work = state.work / "suites" / cache_keys.short(key)  # other targets have others

    def make() -> kept.Built:
        image, _ = kernel.patched(configs.builder(state), require(state.applied), start, config,
                                  work)
        return kept.Built(str(image.path.relative_to(image.build_dir)), image.path.read_bytes(),
                          ())

    built, state = cache_keys.memo(state, "build-suites", key, make)
    path = work / "out" / built.name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.image)
    return replace(start, path=path, build_dir=work / "out", key="", cached=False), state


def booted(state: State, image: KernelImage, names: tuple[str, ...], side: str, *,
           without: frozenset[str] = frozenset(), known: Known = None,
           alone: tuple[str, ...] = ()) -> tuple[GuestRun, State]:
    """Run the suites of a kernel but some, or take what an earlier run saw there.

    Those that run ``alone`` are of those others. Tests that are ``known`` to fail are not tried
    again for that. Raises ``NoBootError``.
    """
    parts = (*names, "-", *sorted(without), "-", *alone, "-", *twice.words(known))

    asked = Asked("kunit", image, f"kunit-{side}")
    if side == "after":
        asked = replace(asked, group="KUnit", control="control-kunit", append=kunit.NONE)
    return remembered(
        state, asked, boot_stages.guest(state, side), parts,
        lambda where: kunit.run_all(where, image.path, names, without, known=known, alone=alone))


def again(state: State, image: KernelImage, before: GuestRun, after: GuestRun,
          ) -> tuple[GuestRun, State]:
    """The results of the base, with a second try, alone, of what fails there only."""
    doubt = tuple(n.removeprefix(splat.SUITE) for n in twice.doubtful(before, after))
    if not doubt:
        return before, state
    more, state = remembered(
        state, Asked("kunit", image, "kunit-before-again"), boot_stages.guest(state, "before"),
        ("again", *doubt), lambda where: kunit.run_alone(where, image.path, doubt))
    return twice.settled(before, more), state


def apart(state: State, image: KernelImage, names: tuple[str, ...]) -> kunit.Apart:
    """The suites of a base that would cost the others their boot: asked once, and remembered.

    Raises ``NoBootError``.
    """
    where = replace(boot_stages.guest(state, "before"), out=state.request.out / "kunit-apart")
    return cache_keys.memo(state, "kunit-apart", (*cache_keys.kernel(image.path), *names),
                           lambda: kunit.apart(where, image.path, names))[0]


def reasons(apart: kunit.Apart) -> dict[str, str]:
    """Why each of those suites does not run with the others."""
    slow = {name: f"it takes {seconds:.0f} s" if seconds else "it does not end soon"
            for name, seconds in apart.slow}
    why = {name: f"{why} on the base; --suite {name} runs it" for name, why in slow.items()}
    return why | dict.fromkeys(apart.dead, FATAL)


def no_build(error: CommandFailedError) -> Finding:
    """A patched kernel that does not build with the suites, where the base does."""
    return kernel.finding(error)


def no_boot(error: NoBootError) -> Finding:
    """A patched kernel that does not boot with the suites, where the base does."""
    return Finding("boot-failure", Severity.ERROR, "the patched kernel does not boot with the "
                   f"tree's KUnit suites, the base does: {error.message.partition(': ')[2]}",
                   evidence=error.said, subject="boot kunit")
