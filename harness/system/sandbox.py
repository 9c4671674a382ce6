# SPDX-License-Identifier: GPL-2.0-or-later
"""Wraps an argv so that untrusted work cannot reach outside.

bubblewrap: no network, read-only system, clean environment, own PID
namespace (nothing survives it), fixed paths ``/src`` and ``/out`` so that a
build directory can be copied and built again anywhere. Limits by prlimit.

Started by root, the command runs as an unprivileged user: bubblewrap mounts as
root, since only root may reach a cache below /root, then the user changes, and a
second bubblewrap closes that off (a user namespace of its own, none below it).
The limit of processes is set in there: so it counts this sandbox alone, and not
all that the user runs (``setrlimit(2)``; per user namespace since Linux 5.14).
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from harness.clean import one_line
from harness.errors import InfrastructureError, InputRefusedError, ToolMissingError
from harness.system import proc

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
NOBODY = 65534  # who works in the sandbox when root started it; uid and gid
GIVE_WAY = 10  # ``nice`` of what others wait for less
PROCESSES = 512  # that one sandbox may have at a time


_AS_USER = ("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL")
# No user namespace yet: in one that maps a single user, setpriv could not change to another.
_AS_ROOT = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--unshare-cgroup-try", "--cap-drop", "ALL",
            "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
_DOOR = ("bwrap", "--unshare-user", "--disable-userns", "--die-with-parent", "--dev-bind", "/",
         "/")


def _step_down(devices: tuple[str, ...]) -> list[str]:
    """Become nobody, who keeps the groups of the devices that he shall use."""
    groups = sorted({Path(d).stat().st_gid for d in devices if Path(d).exists()} - {0})
    keep = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", keep, "--inh-caps=-all"]


def _give(ro: Iterable[Path], rw: Iterable[Path]) -> None:
    """Let nobody write below ``rw`` and read ``ro``: directories that root has made."""
    for path in rw:
        if path.exists():
            os.chown(path, NOBODY, NOBODY)
    for path in ro:
        if path.is_dir():
            mode = path.stat().st_mode
            if mode & 0o555 != 0o555:
                path.chmod(stat.S_IMODE(mode) | 0o555)


def plain(root: Path, name: str) -> Path:
    """The path of a file below ``root``, where untrusted work has written.

    Raises ``InputRefusedError`` unless it is a regular file that is reached without a link:
    whoever reads it does so with the rights of the user.
    """
    path, mode = root, 0
    for part in Path(name).parts:
        path /= part
        mode = path.lstat().st_mode if os.path.lexists(path) else 0
        if stat.S_ISLNK(mode) or part in {"..", "/"}:
            raise InputRefusedError(f"{one_line(name)}: the build put a link there")
    if not stat.S_ISREG(mode):
        raise InputRefusedError(f"{one_line(name)}: the build left no plain file there")
    return path


class Inside(TypedDict, total=False):
    """Keywords of ``Sandbox.wrap`` besides what is mounted."""

    chdir: str
    devices: tuple[str, ...]
    memory: int
    file_size: int
    processes: int


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Sandbox parameters; ``enabled`` is False only with --no-sandbox.

    ``nice``: by how much to give way to other work of ours. ``step_down``: whether root
    becomes nobody; not for programs of our own that need a device of root's.
    """

    enabled: bool = True
    nice: int = 0
    step_down: bool = True

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
        processes: int = PROCESSES,
    ) -> list[str]:
        """Return the argv to run; ``ro``/``rw`` map host paths to paths inside.

        ``memory`` and ``file_size`` are bytes per process. Paths inside are
        those that ``argv`` must use: see ``path``. Nothing is changed by this: before the
        argv is run, ``grant`` lets the user inside at what is mapped.
        """
        limits = ["nice", "-n", str(self.nice)] if self.nice else []
        limits += ["prlimit", f"--as={memory}", f"--fsize={file_size}", "--core=0", "--"]
        few = ["prlimit", f"--nproc={processes}", "--"]
        if not self.enabled:
            return [*limits, "env", "-i", *(f"{k}={v}" for k, v in _ENV.items()), *argv]
        root = self._steps_down
        line = [
            *limits, "bwrap", *(_AS_ROOT if root else _AS_USER), "--die-with-parent",
            "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr",
            "--symlink", "usr/bin", "/bin",
            "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib",
            "--symlink", "usr/lib64", "/lib64",
        ]
        binds = {**(ro or {}), **(rw or {})}
        # What bubblewrap makes by itself is for its own user alone.
        for folder in sorted({"/etc", *(str(Path(i).parent) for i in binds.values())} - {"/"}):
            line += ["--perms", "0755", "--dir", folder]
        for path in _ETC:
            line += ["--ro-bind-try", path, path]
        line += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108
        for device in devices:
            line += ["--dev-bind-try", device, device]
        for host, inside in binds.items():
            line += ["--bind" if host in (rw or {}) else "--ro-bind", str(host), inside]
        for key, value in _ENV.items():
            line += ["--setenv", key, value]
        if root:
            line += ["--", *_step_down(devices), *_DOOR]
        return [*line, "--chdir", chdir, "--", *few, *argv]

    @property
    def _steps_down(self) -> bool:
        return self.enabled and self.step_down and os.geteuid() == 0

    def grant(self, ro: Iterable[Path] = (), rw: Iterable[Path] = ()) -> None:
        """Let the user who works inside read ``ro`` and write to ``rw``."""
        if self._steps_down:
            _give(ro, rw)

    def own(self, path: Path) -> None:
        """Let the user who works inside have a file, directory or link that root has made."""
        if self._steps_down:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def run(self, argv: Sequence[str], *, ro: Mapping[Path, str] | None = None,
            rw: Mapping[Path, str] | None = None, inside: Inside | None = None,
            **how: Unpack[proc.How]) -> proc.Done:
        """Run ``argv`` in here; ``inside`` are the other keywords of ``wrap``.

        Takes and raises what ``proc.run`` does.
        """
        self.grant(ro or (), rw or ())
        line = self.wrap(argv, ro=ro, rw=rw, **(inside or {}))
        how.setdefault("name", argv[0])
        return proc.run(line, **how)

    def path(self, host: Path, inside: str) -> str:
        """The path by which the wrapped command sees ``host``."""
        return inside if self.enabled else str(host)


def may_use(device: str) -> str:
    """Why a device cannot be opened in the sandbox; "" when it can."""
    path = Path(device)
    if not path.exists():
        return f"there is no {device}"
    stat_ = path.stat()
    if os.geteuid() == 0:
        bits = stat_.st_mode & (0o006 if stat_.st_gid == 0 else 0o060)
        return "" if bits in {0o006, 0o060} else f"{device} is for root alone"
    return "" if os.access(path, os.R_OK | os.W_OK) else f"{device}: permission denied"


@functools.cache
def why_unusable() -> str:
    """Return "" when bubblewrap works here, else the reason."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    try:
        done = proc.run(Sandbox().wrap(["true"]), ok=None, timeout=10)
    except InfrastructureError as error:
        return f"bubblewrap does not work here: {error.message}"
    if done.returncode == 0:
        return ""
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"bubblewrap does not work here: {last[0] if last else done.why}"


def reading_only(argv: Sequence[str], needs: Iterable[Path]) -> list[str]:
    """The argv to run where it may use the network, read, and write nothing that stays.

    /tmp and /run are empty there, as sockets of others lie in them, but for what it ``needs``.
    """
    hidden = ("/tmp", "/run")  # noqa: S108
    shown = [str(p) for p in needs if str(p).startswith(tuple(f"{h}/" for h in hidden))]
    return ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL",
            "--new-session", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
            *(w for h in hidden for w in ("--tmpfs", h)),
            *(w for path in shown for w in ("--ro-bind", path, path)), "--chdir", "/",
            "--", *argv]


def get(*, enabled: bool) -> Sandbox:
    """Return the sandbox, or refuse: untrusted work never runs bare unasked."""
    if not enabled:
        return Sandbox(enabled=False)
    reason = why_unusable()
    if reason and shutil.which("bwrap") is None:
        raise ToolMissingError("bwrap", needed_for="running untrusted code", package="bubblewrap")
    if reason:
        raise InfrastructureError(
            reason,
            hint="allow user namespaces, or pass --no-sandbox to run the series unconfined",
        )
    return Sandbox()
