# SPDX-License-Identifier: GPL-2.0-or-later
"""Wraps an argv so that untrusted work cannot reach outside.

bubblewrap: no network, read-only system, clean environment, own PID
namespace (nothing survives it), fixed paths ``/src`` and ``/out`` so that a
build directory can be copied and built again anywhere. Limits by prlimit.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import proc
from harness.errors import InfrastructureError, ToolMissingError

_ENV = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "HOME": "/tmp",  # noqa: S108  (a tmpfs of the sandbox's own)
    # kbuild asks whoami and hostname otherwise; fixed values also keep images comparable
    "KBUILD_BUILD_USER": "harness",
    "KBUILD_BUILD_HOST": "sandbox",
    "KBUILD_BUILD_TIMESTAMP": "1970-01-01",
    "KBUILD_BUILD_VERSION": "1",
}
# Without /etc/alternatives awk and which are dangling links and make dies.
_ETC = ("/etc/alternatives", "/etc/ld.so.cache")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How to wrap: ``enabled`` is False only when the user said --no-sandbox.

    ``nice``: by how much to give way to other work of ours.
    """

    enabled: bool = True
    nice: int = 0

    def wrap(
        self,
        argv: Sequence[str],
        *,
        ro: Mapping[Path, str] | None = None,
        rw: Mapping[Path, str] | None = None,
        chdir: str = "/tmp",  # noqa: S108  (a tmpfs of the sandbox's own)
        devices: tuple[str, ...] = (),
        memory: int = 8 << 30,
        file_size: int = 4 << 30,
        processes: int = 4096,
    ) -> list[str]:
        """Return the argv to run; ``ro``/``rw`` map host paths to paths inside.

        ``memory`` and ``file_size`` are bytes per process. Paths inside are
        those that ``argv`` must use: see ``path``.
        """
        limits = ["nice", "-n", str(self.nice)] if self.nice else []
        limits += [
            "prlimit", f"--as={memory}", f"--fsize={file_size}", f"--nproc={processes}",
            "--core=0", "--",
        ]
        if not self.enabled:
            return [*limits, "env", "-i", *(f"{k}={v}" for k, v in _ENV.items()), *argv]
        line = [
            *limits, "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
            "--clearenv", "--cap-drop", "ALL",
            "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
            "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib",
            "--symlink", "usr/lib64", "/lib64",
        ]
        for path in _ETC:
            line += ["--ro-bind-try", path, path]
        line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108
        for device in devices:
            line += ["--dev-bind-try", device, device]
        for host, inside in (ro or {}).items():
            line += ["--ro-bind", str(host), inside]
        for host, inside in (rw or {}).items():
            line += ["--bind", str(host), inside]
        for key, value in _ENV.items():
            line += ["--setenv", key, value]
        return [*line, "--chdir", chdir, "--", *argv]

    def path(self, host: Path, inside: str) -> str:
        """The path by which the wrapped command sees ``host``."""
        return inside if self.enabled else str(host)


@functools.cache
def why_unusable() -> str:
    """Return "" when bubblewrap works here, else the reason."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    done = proc.run(Sandbox().wrap(["true"]), ok=None, timeout=10)
    if done.returncode == 0:
        return ""
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"bubblewrap does not work here: {last[0] if last else done.why}"


def get(*, enabled: bool) -> Sandbox:
    """Return the sandbox, or refuse: untrusted work never runs bare unasked."""
    if not enabled:
        return Sandbox(enabled=False)
    reason = why_unusable()
    if reason.endswith("not installed"):
        raise ToolMissingError("bwrap", needed_for="running untrusted code", package="bubblewrap")
    if reason:
        raise InfrastructureError(
            reason,
            hint="allow user namespaces, or pass --no-sandbox to run the series unconfined",
        )
    return Sandbox()
