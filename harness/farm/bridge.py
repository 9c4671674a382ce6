# SPDX-License-Identifier: GPL-2.0-or-later
"""Between a driver and a dask scheduler: lines of JSON on one side, dask on the other.

``python -m harness.farm.bridge ADDRESS [FOLDER-OF-TLS]``. dask's protocol unpickles what its peers
send, so whoever has a worker has this process: it runs where it may write nothing, and the driver
reads nothing of it but lines. Words it takes: ``{"begin": key, "job": text, "needs": {...}}``,
``{"stop": key}``. Words it says: ``{"slots": n, "have": [[resource]], "strangers": [...]}``,
``{"done": key, "answer": text}``, ``{"killed": key}``, ``{"stopped": key}``.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Any

from distributed import Client, Future, get_worker
from distributed.security import Security

from harness.farm import worker
from harness.farm.wire import MOST

_EVERY = 2.0  # seconds between two looks at who is there
_KINDS = 200  # of workers, by what they offer
_PATIENCE = 30.0  # seconds for one answer to come


def security(folder: str) -> Security | None:
    """TLS with the files ca.pem, cert.pem and key.pem of a folder; None without one."""
    if not folder:
        return None
    ca, cert, key = (str(Path(folder) / f"{n}.pem") for n in ("ca", "cert", "key"))
    sides = {f"tls_{side}_{what}": value for side in ("client", "scheduler", "worker")
             for what, value in (("cert", cert), ("key", key))}
    return Security(tls_ca_file=ca, require_encryption=True, **sides)


def perform(text: str) -> str:
    """On a worker: do a job; it is ended when the scheduler does not want it any more."""
    here = get_worker()
    key = here.get_current_task()

    def unwanted() -> str:
        task = here.state.tasks.get(key)
        gone = task is None or task.state == "cancelled" or here.status.name != "running"
        return "nobody needs it any more" if gone else ""
    return worker.perform(text, unwanted)


class Bridge:
    """The futures of one driver."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._futures: dict[str, Future[str]] = {}
        self.events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def serve(self) -> int:
        """Until the driver or the scheduler has gone; returns the exit code."""
        looked = 0.0
        while True:
            if self._client.status != "running":
                sys.stderr.write("the scheduler has gone\n")
                return 5
            if time.monotonic() - looked > _EVERY:
                looked = time.monotonic()
                self._look()
            try:
                event = self.events.get(timeout=0.5)
            except queue.Empty:
                continue
            if not event:
                return 0
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        if "begin" in event:
            key = event["begin"]
            future = self._futures[key] = self._client.submit(
                perform, event["job"], key=key, resources=event["needs"], retries=0)
            future.add_done_callback(lambda _: self.events.put({"ended": key}))
        elif "stop" in event and event["stop"] in self._futures:
            self._futures[event["stop"]].cancel()
        elif "ended" in event and event["ended"] in self._futures:
            self._tell(event["ended"], self._futures.pop(event["ended"]))

    def _tell(self, key: str, future: Future[str]) -> None:
        """What became of a job; an error is only ever that its workers died."""
        if future.status == "finished":
            try:
                say({"done": key, "answer": str(future.result(timeout=_PATIENCE))})
            except Exception:  # noqa: BLE001  (the worker went with the answer: asked again)
                say({"stopped": key})
        else:
            say({"killed" if future.status == "error" else "stopped": key})

    def _look(self) -> None:
        """Say how many slots there are, and which workers are of another version."""
        rows = self._client.scheduler_info(n_workers=-1).get("workers", {}).values()
        mine = [r for r in rows if _version(r) == worker.VERSION]
        have = {tuple(sorted(map(str, r.get("resources", {})))) for r in mine}
        strangers = sorted(f"{r.get('name')} ({_version(r)})" for r in rows
                           if _version(r) != worker.VERSION)
        told = {"slots": sum(int(r.get("nthreads", 0)) for r in mine),
                "have": sorted(have)[:_KINDS], "strangers": strangers}
        say(told)  # also when it is the same: so that the driver knows that there is somebody


def _version(row: dict[str, Any]) -> str:
    return next((n for n in row.get("resources", {}) if n.startswith("harness-")), "no harness")


def say(words: dict[str, Any]) -> None:
    """One line for the driver."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def listen(bridge: Bridge) -> None:
    """Read the driver's lines until it has gone."""
    try:
        while line := sys.stdin.readline(2 * MOST):
            bridge.events.put(json.loads(line))
    finally:
        bridge.events.put({})


def main(address: str, tls: str = "") -> int:
    """Connect, and serve."""
    try:
        client = Client(address, timeout="5s", security=security(tls), set_as_default=False,
                        name="harness")
    except (OSError, ValueError, TypeError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 5
    bridge = Bridge(client)
    threading.Thread(target=listen, args=(bridge,), daemon=True).start()
    code = bridge.serve()
    sys.stdout.flush()
    os._exit(code)  # dask would try for long to reach a scheduler that has gone


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
