# SPDX-License-Identifier: GPL-2.0-or-later
"""``harness worker``: a dask worker that does jobs, with a cache of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import __version__
from harness.farm import jobs, work
from harness.farm.work import Home

if TYPE_CHECKING:
    from distributed.security import Security

VERSION = f"harness-{__version__}"  # the resource that a job of this version asks for
_PAUSE = 5.0  # seconds before a scheduler that is not there is tried again
_home = Home(Path())


def resources(slots: int, arches: tuple[str, ...]) -> dict[str, float]:
    """What a worker offers: one of each for each slot."""
    return dict.fromkeys((VERSION, "build", "guest", *arches), float(slots))


def needs(level: str, arches: tuple[str, ...]) -> dict[str, float]:
    """What a job takes of it."""
    heavy = ("build", "guest") if level in {"check", jobs.BASE} else ()
    return dict.fromkeys((VERSION, *heavy, *arches), 1.0)


def perform(text: str, stop_when: Callable[[], str]) -> str:
    """Do a job with what this process was started with."""
    return work.work(text, _home, stop_when)


@dataclass(frozen=True, slots=True)
class Place:
    """Which scheduler, how many jobs at a time, and what is offered for each."""

    address: str
    slots: int
    offers: dict[str, float]
    security: Security | None = None


def serve(place: Place, home: Home, say: Callable[[str], None]) -> None:
    """Work until interrupted; a scheduler that is not there, or goes, is waited for."""
    global _home  # noqa: PLW0603  (dask calls ``perform`` by its name)
    _home = home
    waiting = False
    while True:
        try:
            asyncio.run(_serve(place, home, say))
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            if not waiting:
                say(f"{place.address}: no answer ({type(error).__name__}): waiting for it; is a "
                    "scheduler there, with TLS on both sides or on none?")
            waiting = True
        else:
            say(f"{place.address}: it has gone: waiting for it")
            waiting = True
        time.sleep(_PAUSE)


async def _serve(place: Place, home: Home, say: Callable[[str], None]) -> None:
    from distributed import Worker  # noqa: PLC0415  (an extra that only a farm needs)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # ``serve`` says it in a line
    async with Worker(place.address, nthreads=place.slots, resources=place.offers,
                      security=place.security,
                      name=f"{os.uname().nodename}-{os.getpid()}", memory_limit=0,
                      local_directory=str(home.place / "dask"), death_timeout=10,
                      dashboard=False) as worker:
        say(f"{worker.name}: {place.slots} slots at {place.address}")
        await worker.finished()
