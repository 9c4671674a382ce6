# SPDX-License-Identifier: GPL-2.0-or-later
"""Both kernels with the tree's KUnit suites, booted."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import NoBootError
from harness.guest import kunit, splat, twice
from harness.guest.twice import Known
from harness.model import Finding, GuestRun, KernelImage, Severity
from harness.run import boot_stages, cache_keys
from harness.run.remembered import Asked, remembered
from harness.run.state import State
from harness.suites.kunit import Suite

FATAL = "the base does not survive it; it runs by itself where it belongs to the change"
BASE = "kunit-before"  # the folder of what the base's guests leave


def booted(state: State, image: KernelImage, names: tuple[str, ...], side: str, *,
           without: frozenset[str] = frozenset(), known: Known = None,
           alone: tuple[str, ...] = (), rows: tuple[Suite, ...] = (),
           ) -> tuple[GuestRun, State]:
    """Run the suites of a kernel but some, or take what an earlier run saw there.

    Those that run ``alone`` are of those others. Tests that are ``known`` to fail are not tried
    again for that. ``rows``: where each of them begins. Raises ``NoBootError``.
    """
    parts = (*names, "-", *sorted(without), "-", *alone, "-", *twice.words(known))
    asked = Asked("kunit", image, f"kunit-{side}", control=f"control-kunit-{side}",
                  append=kunit.NONE)
    if state.machine is None:  # elsewhere it is not watched what runs
        asked = replace(asked, group="KUnit", suites=rows) if side == "after" else replace(
            asked, whole=True)
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
    key = (*cache_keys.kernel(image.path, where.machine.emulator), *names)
    return cache_keys.memo(state, "kunit-apart", key,
                           lambda: kunit.apart(where, image.path, names))[0]


def reasons(apart: kunit.Apart) -> dict[str, str]:
    """Why each of those suites does not run with the others."""
    slow = {name: f"it takes {seconds:.0f} s" if seconds else "it does not end soon"
            for name, seconds in apart.slow}
    why = {name: f"{why} on the base; --suite {name} runs it" for name, why in slow.items()}
    return why | dict.fromkeys(apart.dead, FATAL)


def no_boot(error: NoBootError) -> Finding:
    """A patched kernel that does not boot with the suites, where the base does."""
    return Finding("boot-failure", Severity.ERROR, "the patched kernel does not boot with the "
                   f"tree's KUnit suites, the base does: {error.message.partition(': ')[2]}",
                   evidence=error.said, subject="boot kunit")
