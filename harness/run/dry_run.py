# SPDX-License-Identifier: GPL-2.0-or-later
"""``--dry-run``: write the exact commands of a check."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.build import kbuild, kconfig, kernel
from harness.guest import boot
from harness.model import Sources
from harness.run import configs, guests
from harness.run.schedule import Stage
from harness.run.state import State, require
from harness.system import repo

NAME = "lines"  # of the file in the run's folder


def write_commands(state: State) -> State:
    """Write down the lines of make and QEMU; nothing is built."""
    (state.request.out / NAME).write_text("".join(f"{t}\n" for t in _lines(state)), "utf-8")
    return state


def _lines(state: State) -> Iterator[str]:
    maker, config = configs.builder(state), configs.config_of(state)
    applied = require(state.applied)
    key = kernel.key_of(repo.tree_id(applied.tree.repo, applied.base), config, kbuild.toolchain())
    home = state.settings.cache / "kernels" / key
    image = kconfig.image_of(kconfig.render(config))
    base, out = Sources(home / "src"), home / "out"
    work = state.request.out / "kernel"
    yield f"# the base, {applied.base}, its sources in {base.root}"
    yield shlex.join(kbuild.line(maker, base, out, config.start))
    yield f"cat >> {shlex.quote(str(out))}/.config << 'END'\n{kconfig.render(config)}END"
    yield shlex.join(kbuild.line(maker, base, out, "olddefconfig"))
    yield shlex.join(kbuild.line(maker, base, out, Path(image).name))
    yield f"# the series, {applied.head}: its files over the base's, its objects from a copy"
    over = tuple((p, work / "over" / str(n)) for n, p in enumerate(
        repo.changed(applied.tree.repo, applied.base, applied.head)))
    yield shlex.join(kbuild.line(maker, Sources(base.root, over), work / "out", Path(image).name))
    for side, built in (("before", out / image), ("after", work / "out" / image)):
        folder = state.request.out / side / "guest1" / "boot1"
        where = guests.guest(state.settings, state.box(), folder.parent, Path(), state.say)
        yield f"# guests {side}; the programs are in the initramfs"
        yield shlex.join(boot.command(where, built, folder))


STAGE = Stage("lines", write_commands, ("applied",))
